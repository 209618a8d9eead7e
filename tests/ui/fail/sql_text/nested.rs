//! In a closure, in a macro, in an asynchronous block.
#![allow(unused)]

use secure_tool_runtime::prelude::*;

/// Does something.
#[secure_tool(scope = "a", effect = read)]
async fn find(
    /// From the client.
    title: Text<1, 200>,
) {
    use std::fmt::Write;
    let mut sql = String::new();
    let sorted = |column: &str| format!("select id from notes order by {column}");
    let later = async { vec![format!("UPDATE notes SET title = '{}'", title)] };
    _ = write!(sql, "ATTACH DATABASE '{title}' AS other");
}

fn main() {}
