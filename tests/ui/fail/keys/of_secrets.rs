use secure_tool_runtime::prelude::*;

#[derive(Secrets)]
#[secret(prefx = "SHOP_")]
struct Keys {
    #[secret(evn = "TOKEN")]
    token: SecretString,
    #[secret(env = "A", env = "B")]
    other: SecretString,
    #[secret(prefix = "SHOP_")]
    third: SecretString,
}

fn main() {}
