//! No reason makes it safe.
#![allow(unused)]
use secure_tool_runtime::prelude::*;

/// Log in.
#[secure_tool(scope = "a", effect = read, allow(secret_input, reason = "it is over TLS"))]
async fn log_in(
    /// The password.
    password: Text<1, 100>,
) {
}

fn main() {}
