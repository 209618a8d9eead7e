//! Secrets as input.
#![allow(unused)]
use secure_tool_runtime::prelude::*;
use secrecy::SecretString;

/// Log in.
#[secure_tool(scope = "a", effect = read)]
async fn log_in(
    /// The password.
    password: Text<1, 100>,
    /// The token.
    #[validate(length(max = 100))]
    github_token: String,
    /// Another one.
    other: SecretString,
) {
}

fn main() {}
