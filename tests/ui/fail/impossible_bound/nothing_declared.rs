//! Attributes that declare nothing.
#![allow(unused)]

use secure_tool_runtime::secure_tool;

/// Does something.
#[secure_tool(scope = "notes:read", effect = read)]
async fn tool(
    /// The number.
    #[validate]
    number: u8,
    /// The other number.
    #[validate()]
    other: u8,
    /// The title.
    #[validate(length())]
    title: String,
) {}

fn main() {}
