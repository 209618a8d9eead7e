//! Text without a greatest length.
#![allow(unused)]

use secure_tool_runtime::secure_tool;

/// Does something.
#[secure_tool(scope = "notes:read", effect = read)]
async fn tool(
    /// The title.
    title: String,
) {}

fn main() {}
