//! Keys that need one.
#![allow(unused)]

use secure_tool_runtime::secure_tool;

/// Does something.
#[secure_tool(scope, effect =, rate(5), allow)]
async fn tool() {}

fn main() {}
