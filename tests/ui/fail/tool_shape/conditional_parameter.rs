//! The schema would depend on it unnoticed.
#![allow(unused)]

use secure_tool_runtime::secure_tool;

/// Does something.
#[secure_tool(scope = "notes:read", effect = read)]
async fn tool(
    /// The number.
    #[cfg(any())]
    number: u8,
) {}

fn main() {}
