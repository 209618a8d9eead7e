//! Fields that only sound like a leak: flags, what is kept or masked, types that disclose by themselves.
use secure_tool_runtime::prelude::*;

#[secure_output]
struct Token {
    expires_in: u32,
}

#[secure_output]
enum Password {
    Weak,
    Strong,
}

#[secure_output]
struct Account {
    has_password: bool,
    password: Password,
    token: Token,
    token_count: u32,
    next_page_token: Option<String>,
    public_key: String,
    #[sensitive]
    password_hash: String,
    #[sensitive(mask)]
    api_key: String,
}

/// Show the account.
#[secure_tool(scope = "a", effect = read)]
async fn show() -> Account {
    Account {
        has_password: true,
        password: if cfg!(debug_assertions) { Password::Weak } else { Password::Strong },
        token: Token { expires_in: 60 },
        token_count: 1,
        next_page_token: None,
        public_key: "k".into(),
        password_hash: "h".into(),
        api_key: "a".into(),
    }
}

fn main() {
    let _ = tools![show];
}
