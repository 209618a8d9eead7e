use secure_tool_runtime::prelude::*;

#[derive(Secrets)]
struct Keys {
    token: SecretString,
    region: String,
    retries: Option<u8>,
}

fn main() {}
