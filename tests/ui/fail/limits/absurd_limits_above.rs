//! More than there is.
#![allow(unused)]

use secure_tool_runtime::secure_tool;

/// Does something.
#[secure_tool(scope = "a", effect = read, rate = "1_000_001/s", timeout = "61min", concurrency = 10_001, max_output = "65MiB")]
async fn tool() {}

fn main() {}
