//! Its users are not told again.
#![allow(unused)]

use secure_tool_runtime::{public_error, secure_tool};

#[public_error]
enum Failure {
    Locked,
}

/// Fails.
#[secure_tool(scope = "a", effect = read)]
async fn tool() -> Result<(), Failure> {
    Err(Failure::Locked)
}

fn shown(failure: Failure) -> String {
    failure.to_string()
}

fn main() {}
