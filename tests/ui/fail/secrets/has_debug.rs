use secure_tool_runtime::prelude::*;

#[derive(Debug, Secrets)]
struct Keys {
    token: SecretString,
}

fn main() {}
