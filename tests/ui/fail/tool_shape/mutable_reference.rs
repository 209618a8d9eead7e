//! What the server lends is shared.
#![allow(unused)]

use secure_tool_runtime::{Caller, Context, secure_tool};

/// Does something.
#[secure_tool(scope = "notes:read", effect = read)]
async fn tool(
    caller: &mut Caller,
    context: &'static Context,
) {}

fn main() {}
