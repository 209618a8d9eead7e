//! The second one is wrong.
#![allow(unused)]

use secure_tool_runtime::secure_tool;

/// Does something.
#[secure_tool(scope = "a", scope = "b", effect = read, effect = write, expensive, expensive)]
async fn tool() {}

fn main() {}
