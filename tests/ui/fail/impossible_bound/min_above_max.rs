//! No value is between the ends.
#![allow(unused)]

use secure_tool_runtime::secure_tool;

/// Does something.
#[secure_tool(scope = "notes:read", effect = read)]
async fn tool(
    /// The title.
    #[validate(length(min = 9, max = 3))]
    title: String,
    /// The number.
    #[validate(range(min = 1.5, max = -1))]
    number: f64,
) {}

fn main() {}
