//! Nobody said what it means.
#![allow(unused)]

use secure_tool_runtime::{Text, secure_tool};

#[secure_tool(scope = "a", effect = read)]
async fn tool(title: Text<1, 9>) {
    let _ = title;
}

fn main() {}
