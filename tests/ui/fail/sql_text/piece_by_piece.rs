//! A statement that is put together bit by bit.
#![allow(unused)]

use secure_tool_runtime::prelude::*;

/// Does something.
#[secure_tool(scope = "a", effect = read)]
async fn find(
    /// From the client.
    title: Text<1, 200>,
) -> String {
    let mut sql = String::from("SELECT id FROM notes WHERE title = '");
    sql.push_str(&title);
    sql += &title;
    ["DROP TABLE ", &title].concat()
}

fn main() {}
