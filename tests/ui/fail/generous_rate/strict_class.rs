//! The rate of a cheap tool.
#![allow(unused)]

use secure_tool_runtime::secure_tool;

/// Does something.
#[secure_tool(scope = "a", effect = destructive, rate = "11/min")]
async fn tool() {}

/// Costs.
#[secure_tool(scope = "a", effect = read, expensive, rate = "1/s")]
async fn costly() {}

fn main() {}
