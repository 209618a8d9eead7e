//! An exception is written down.
#![allow(unused)]

use secure_tool_runtime::secure_tool;

/// Does something.
#[secure_tool(scope = "a", effect = read, expensive, rate = "1000/min", allow(generous_rate))]
async fn tool() {}

/// Costs.
#[secure_tool(scope = "a", effect = read, expensive, rate = "1/s", allow(generous_rate, reason = ""))]
async fn costly() {}

fn main() {}
