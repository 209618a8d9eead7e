//! A shell takes text for a program.
#![allow(unused)]

use secure_tool_runtime::prelude::*;

use std::process::Command;

/// Does something.
#[secure_tool(scope = "a", effect = read)]
async fn search(
    /// From the client.
    pattern: Text<1, 200>,
) {
    let script = format!("grep {pattern} notes");
    Command::new("/bin/sh").arg("-c").arg(script).output().ok();
    Command::new("cmd").args(["/C", &*pattern]).output().ok();
}

fn main() {}
