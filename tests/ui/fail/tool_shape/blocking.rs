//! It would hold up all other calls.
#![allow(unused)]

use secure_tool_runtime::secure_tool;

/// Does something.
#[secure_tool(scope = "notes:read", effect = read)]
fn tool() {}

fn main() {}
