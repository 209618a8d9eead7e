//! A burst of what?
#![allow(unused)]

use secure_tool_runtime::secure_tool;

/// Does something.
#[secure_tool(scope = "a", effect = read, burst = 5)]
async fn tool() {}

fn main() {}
