//! Zero, and more than there is.
#![allow(unused)]

use secure_tool_runtime::secure_tool;

/// Does something.
#[secure_tool(scope = "a", effect = read, rate = "0/min", timeout = "0s", concurrency = 0, max_output = 0)]
async fn tool() {}

fn main() {}
