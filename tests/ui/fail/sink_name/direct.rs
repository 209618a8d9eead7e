//! Text whose name says that something else interprets it.
#![allow(unused)]
use secure_tool_runtime::prelude::*;

/// Read a file.
#[secure_tool(scope = "a", effect = read)]
async fn read(
    /// Which one.
    path: Text<1, 100>,
    /// From where.
    #[validate(length(max = 100))]
    base_url: String,
    /// What to run.
    command: Option<Text<1, 100>>,
    /// How to find it.
    sql: Text<1, 100>,
    /// Which ones.
    regex: Text<1, 100>,
) {
}

fn main() {}
