//! Ends that are no numbers.
#![allow(unused)]

use secure_tool_runtime::secure_tool;

/// Does something.
#[secure_tool(scope = "notes:read", effect = read)]
async fn tool(
    /// The title.
    #[validate(length(max = "3"))]
    title: String,
    /// The list.
    #[validate(length(max = -3))]
    list: Vec<u8>,
    /// The number.
    #[validate(range(min = 0, max =))]
    number: u32,
) {}

fn main() {}
