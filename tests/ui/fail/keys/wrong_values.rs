//! Values of another kind.
#![allow(unused)]

use secure_tool_runtime::secure_tool;

/// Does something.
#[secure_tool(scope = a, effect = delete, per = callers, rate = 30, burst = "5", timeout = "1 parsec", concurrency = 1.5, max_output = "64kb", name = 5, expensive = true, allow = generous_rate)]
async fn tool() {}

fn main() {}
