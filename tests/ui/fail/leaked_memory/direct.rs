//! Each call takes memory for good.
#![allow(unused)]

use secure_tool_runtime::prelude::*;

/// Does something.
#[secure_tool(scope = "a", effect = read)]
async fn tool(
    /// From the client.
    title: Text<1, 200>,
) {
    let text: &'static str = title.to_string().leak();
    let text: &'static str = String::leak(title.to_string());
}

fn main() {}
