//! Nobody said who may call it.
#![allow(unused)]

use secure_tool_runtime::secure_tool;

/// Does something.
#[secure_tool(effect = read)]
async fn tool() {}

fn main() {}
