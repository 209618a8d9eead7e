//! A minimum is no bound.
#![allow(unused)]

use secure_tool_runtime::secure_tool;

/// Does something.
#[secure_tool(scope = "notes:read", effect = read)]
async fn tool(
    /// The title.
    #[validate(length(min = 1))]
    title: String,
    /// The number.
    #[validate(range(min = 1))]
    number: u32,
    /// The other number.
    #[validate(range(max = 1))]
    other: u32,
) {}

fn main() {}
