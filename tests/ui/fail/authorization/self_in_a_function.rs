//! There is no `Self`.
#![allow(unused)]

use secure_tool_runtime::secure_tool;

/// Does something.
#[secure_tool(policy = Self::may, effect = read)]
async fn tool() {}

fn main() {}
