//! Nothing to lift.
#![allow(unused)]

use secure_tool_runtime::secure_tool;

/// Does something.
#[secure_tool(scope = "a", effect = read, rate = "1000/min", allow(generous_rate, reason = "why not"))]
async fn tool() {}

fn main() {}
