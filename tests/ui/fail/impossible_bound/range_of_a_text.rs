//! Text has a length.
#![allow(unused)]

use secure_tool_runtime::secure_tool;

/// Does something.
#[secure_tool(scope = "notes:read", effect = read)]
async fn tool(
    /// The title.
    #[validate(range(min = 1, max = 3))]
    title: String,
) {}

fn main() {}
