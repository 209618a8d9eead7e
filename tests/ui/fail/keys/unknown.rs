//! Misspelt keys, and one that does not exist.
#![allow(unused)]

use secure_tool_runtime::secure_tool;

/// Does something.
#[secure_tool(scpoe = "a", efect = read, colour = "red")]
async fn tool() {}

fn main() {}
