use secure_tool_runtime::prelude::*;

#[secure_output]
#[derive(Secrets)]
struct Keys {
    #[sensitive]
    token: SecretString,
}

fn main() {}
