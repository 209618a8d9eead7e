//! Its users are not told again.
#![allow(unused)]

use secure_tool_runtime::{Text, secure_input, secure_tool};

#[secure_input]
struct Filter {
    words: Text<1, 9>,
}

/// Does something.
#[secure_tool(scope = "notes:read", effect = read)]
async fn tool(
    /// What to look for.
    filter: Filter,
) {}

fn main() {}
