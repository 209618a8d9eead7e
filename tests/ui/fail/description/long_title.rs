//! A title is a line in a list.
#![allow(unused)]

use secure_tool_runtime::secure_tool;

/// Adds.
#[secure_tool(
    scope = "a",
    effect = read,
    title = "Adds two numbers, Adds two numbers, Adds two numbers, Adds two numbers, Adds two numbers, Adds two numbers, and no more"
)]
async fn add() {}

fn main() {}
