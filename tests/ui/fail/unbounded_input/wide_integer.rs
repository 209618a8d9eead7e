//! A wide number without a range.
#![allow(unused)]

use secure_tool_runtime::secure_tool;

/// Does something.
#[secure_tool(scope = "notes:read", effect = read)]
async fn tool(
    /// The number.
    number: i64,
) {}

fn main() {}
