//! A key is read where the server starts, and never repeated in a message.
#![allow(unused)]

use secure_tool_runtime::prelude::*;

/// Does something.
#[secure_tool(scope = "a", effect = read)]
async fn tool() {
    let key = "sk-proj-Zk3v9QmXw2LrT8";
    let url = "postgres://notes:hunter2@db.internal/notes";
}

fn main() {}
