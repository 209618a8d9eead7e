//! Names that the protocol does not allow.
#![allow(unused)]

use secure_tool_runtime::secure_tool;

/// Does something.
#[secure_tool(scope = "a", effect = read, name = "add note", title = " ")]
async fn tool() {}

/// Is German.
#[secure_tool(scope = "a", effect = read)]
async fn hinzufügen() {}

fn main() {}
