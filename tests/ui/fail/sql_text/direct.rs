//! A value in the text of a statement ends its literal and goes on as a statement.
#![allow(unused)]

use secure_tool_runtime::prelude::*;

/// Does something.
#[secure_tool(scope = "a", effect = read)]
async fn find(
    /// From the client.
    title: Text<1, 200>,
) -> String {
    format!("SELECT id FROM notes WHERE title = '{title}'")
}

/// Does something.
#[secure_tool(scope = "a", effect = read)]
async fn remove(
    /// From the client.
    title: Text<1, 200>,
) -> String {
    String::from("DELETE FROM notes WHERE title = '") + &title + "'"
}

fn main() {}
