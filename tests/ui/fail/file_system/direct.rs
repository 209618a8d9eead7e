//! A name from a client reaches all files of the server.
#![allow(unused)]

use secure_tool_runtime::prelude::*;

/// Does something.
#[secure_tool(scope = "a", effect = read)]
async fn read(
    /// From the client.
    title: Text<1, 200>,
) -> String {
    std::fs::read_to_string(&*title).unwrap_or_default()
}

/// Does something.
#[secure_tool(scope = "a", effect = read)]
async fn remove(
    /// From the client.
    title: Text<1, 200>,
) {
    tokio::fs::remove_file(&*title).await.ok();
}

fn main() {}
