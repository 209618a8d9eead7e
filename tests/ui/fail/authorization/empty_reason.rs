//! A reason is one.
#![allow(unused)]

use secure_tool_runtime::secure_tool;

/// Does something.
#[secure_tool(public = "  ", effect = read)]
async fn tool() {}

fn main() {}
