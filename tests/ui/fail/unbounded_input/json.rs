//! Untyped JSON as input.
#![allow(unused)]

use secure_tool_runtime::secure_tool;

/// Does something.
#[secure_tool(scope = "notes:read", effect = read)]
async fn tool(
    /// Anything.
    value: serde_json::Value,
) {}

fn main() {}
