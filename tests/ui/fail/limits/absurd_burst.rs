//! More at once than makes sense.
#![allow(unused)]

use secure_tool_runtime::secure_tool;

/// Does something.
#[secure_tool(scope = "a", effect = read, rate = "5/min", burst = 51)]
async fn tool() {}

fn main() {}
