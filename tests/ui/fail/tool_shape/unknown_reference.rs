//! What the server does not have.
#![allow(unused)]

use secure_tool_runtime::secure_tool;

struct Database;

/// Does something.
#[secure_tool(scope = "notes:read", effect = read)]
async fn tool(
    database: &Database,
    title: &str,
) {}

fn main() {}
