//! An unbounded field of an input.
#![allow(unused)]

use secure_tool_runtime::{secure_input, secure_tool};

#[secure_input]
struct Filter {
    /// The words.
    words: String,
    /// How many.
    limit: u32,
}

/// Does something.
#[secure_tool(scope = "notes:read", effect = read)]
async fn tool(
    /// What to look for.
    filter: Filter,
) {}

fn main() {}
