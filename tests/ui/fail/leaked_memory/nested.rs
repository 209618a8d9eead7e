//! In a closure, in a macro, in an asynchronous block, as a value.
#![allow(unused)]

use secure_tool_runtime::prelude::*;

/// Does something.
#[secure_tool(scope = "a", effect = read)]
async fn tool(
    /// From the client.
    title: Text<1, 200>,
) {
    let leak = |text: String| -> &'static str { text.leak() };
    let texts = vec![title.to_string().leak()];
    let later = async { Some(String::from("a")).map(String::leak) };
}

fn main() {}
