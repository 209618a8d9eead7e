//! The client has no say in it.
#![allow(unused)]

use secure_tool_runtime::{Caller, secure_tool};

/// Does something.
#[secure_tool(scope = "notes:read", effect = read)]
async fn tool(
    /// The caller.
    #[validate(length(max = 3))]
    caller: &Caller,
) {}

fn main() {}
