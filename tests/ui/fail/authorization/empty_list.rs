//! No scope at all.
#![allow(unused)]

use secure_tool_runtime::secure_tool;

/// Does something.
#[secure_tool(scope = [], effect = read)]
async fn tool() {}

fn main() {}
