//! For everybody, or for some?
#![allow(unused)]

use secure_tool_runtime::secure_tool;

/// Does something.
#[secure_tool(public = "why not", scope = "a", role = "b", effect = read)]
async fn tool() {}

fn main() {}
