//! A program gets what callers send among its options.
#![allow(unused)]

use secure_tool_runtime::prelude::*;

/// Does something.
#[secure_tool(scope = "a", effect = read)]
async fn list(
    /// From the client.
    title: Text<1, 200>,
) {
    std::process::Command::new("ls").arg(&*title).output().ok();
}

/// Does something.
#[secure_tool(scope = "a", effect = read)]
async fn stop() {
    std::process::exit(0)
}

fn main() {}
