//! An alias bounds nothing.
#![allow(unused)]

use secure_tool_runtime::secure_tool;

type Title = String;

/// Does something.
#[secure_tool(scope = "notes:read", effect = read)]
async fn tool(
    /// The title.
    title: Title,
) {}

fn main() {}
