use secure_tool_runtime::prelude::*;

#[derive(Secrets)]
struct Keys {
    #[secret(begins())]
    nothing: SecretString,
    #[secret(begins = "sk_live_")]
    no_list: SecretString,
    #[secret(begins(production = "", staging = "t_"))]
    empty: SecretString,
    #[secret(begins(production = "t_", staging = "t_"))]
    alike: SecretString,
    #[secret(begins(production = "a_", production = "t_"))]
    twice: SecretString,
}

fn main() {}
