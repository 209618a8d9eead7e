//! Nothing is no description.
#![allow(unused)]

use secure_tool_runtime::{Text, secure_tool};

/// 
#[secure_tool(scope = "notes:read", effect = read)]
async fn tool(
    ///
    title: Text<1, 9>,
) {}

fn main() {}
