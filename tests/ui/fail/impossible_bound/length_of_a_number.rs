//! Numbers have a range.
#![allow(unused)]

use secure_tool_runtime::secure_tool;

/// Does something.
#[secure_tool(scope = "notes:read", effect = read)]
async fn tool(
    /// The number.
    #[validate(length(max = 3))]
    number: u8,
    /// The other number.
    #[validate(length(max = 3))]
    other: i32,
) {}

fn main() {}
