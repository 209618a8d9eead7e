//! No reason makes a secret in the code a good idea.
#![allow(unused)]

use secure_tool_runtime::prelude::*;

/// Does something.
#[secure_tool(scope = "a", effect = read, allow(secret_literal, reason = "it is only for tests"))]
async fn tool() {
    let key = "sk-1234567890";
}

fn main() {}
