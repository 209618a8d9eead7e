//! Rules of `validator` that have no place here.
#![allow(unused)]

use secure_tool_runtime::secure_tool;

/// Does something.
#[secure_tool(scope = "notes:read", effect = read)]
async fn tool(
    /// The title.
    #[validate(length(max = 3, message = "too long"), must_match(other = "b"), nested)]
    title: String,
    /// The number.
    #[validate(range(exclusive_min = 1, max = 3))]
    number: u32,
) {}

fn main() {}
