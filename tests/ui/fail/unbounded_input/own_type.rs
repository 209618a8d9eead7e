//! A type that is no input.
#![allow(unused)]

use secure_tool_runtime::secure_tool;

struct Filter;

/// Does something.
#[secure_tool(scope = "notes:read", effect = read)]
async fn tool(
    /// What to look for.
    filter: Filter,
) {}

fn main() {}
