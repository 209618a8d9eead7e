//! In a closure, in a macro, in an asynchronous block.
#![allow(unused)]

use secure_tool_runtime::prelude::*;

/// Does something.
#[secure_tool(scope = "a", effect = read)]
async fn list() {
    let run = |name: &str| tokio::process::Command::new(name);
    let both = vec![std::process::Command::new("ls")];
    let later = async { tokio::join!(tokio::process::Command::new("ls").output()) };
}

fn main() {}
