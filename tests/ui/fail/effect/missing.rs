//! Nobody said what it does.
#![allow(unused)]

use secure_tool_runtime::secure_tool;

/// Does something.
#[secure_tool(scope = "a")]
async fn tool() {}

fn main() {}
