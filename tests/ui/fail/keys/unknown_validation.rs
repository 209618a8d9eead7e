//! Rules that do not exist.
#![allow(unused)]

use secure_tool_runtime::secure_tool;

/// Does something.
#[secure_tool(scope = "notes:read", effect = read)]
async fn tool(
    /// The title.
    #[validate(lenght(max = 3))]
    title: String,
    /// The number.
    #[validate(range(min = 1, maximum = 3))]
    number: u32,
) {}

fn main() {}
