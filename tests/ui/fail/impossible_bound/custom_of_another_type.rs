//! A check of something else.
#![allow(unused)]

use secure_tool_runtime::secure_tool;

fn even(number: &u32) -> Result<(), ()> {
    if number % 2 == 0 { Ok(()) } else { Err(()) }
}

/// Does something.
#[secure_tool(scope = "notes:read", effect = read)]
async fn tool(
    /// The title.
    #[validate(length(max = 3), custom(function = even))]
    title: String,
) {}

fn main() {}
