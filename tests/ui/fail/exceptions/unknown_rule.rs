//! Rules that do not exist.
#![allow(unused)]

use secure_tool_runtime::secure_tool;

/// Does something.
#[secure_tool(scope = "a", effect = read, allow(generous_rat, reason = "b"), allow(everything, reason = "b"))]
async fn tool() {}

fn main() {}
