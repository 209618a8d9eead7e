//! What the process was started with is read when it starts.
#![allow(unused)]

use secure_tool_runtime::prelude::*;

/// Does something.
#[secure_tool(scope = "a", effect = read)]
async fn send() {
    let key = std::env::var("MAIL_KEY").unwrap_or_default();
    let all = std::env::vars().count();
}

fn main() {}
