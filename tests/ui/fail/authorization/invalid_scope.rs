//! Names that no caller can have.
#![allow(unused)]

use secure_tool_runtime::secure_tool;

/// Does something.
#[secure_tool(scope = ["a b", "", "c", "c"], role = 5, effect = read)]
async fn tool() {}

fn main() {}
