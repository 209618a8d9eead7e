//! Nobody destroys anonymously.
#![allow(unused)]

use secure_tool_runtime::secure_tool;

/// Does something.
#[secure_tool(public = "why not", effect = destructive)]
async fn tool() {}

fn main() {}
