use secure_tool_runtime::prelude::*;

#[derive(Secrets)]
#[secret(prefix = "shop-")]
struct Prefix {
    token: SecretString,
}

#[derive(Secrets)]
struct Names {
    tökén: SecretString,
    #[secret(env = "2FA")]
    second: SecretString,
    #[secret(credential = "../shadow")]
    third: SecretString,
}

#[derive(Secrets)]
struct Twice {
    token: SecretString,
    token_file: SecretString,
    #[secret(env = "TOKEN")]
    other: SecretString,
    #[secret(credential = "token")]
    more: SecretString,
}

fn main() {}
