//! There is no such function.
#![allow(unused)]

use secure_tool_runtime::secure_tool;

/// Does something.
#[secure_tool(policy = may, effect = read)]
async fn tool() {}

fn main() {}
