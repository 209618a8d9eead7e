//! A command is a command under another name, and the body's imports tell.
#![allow(unused)]

use secure_tool_runtime::prelude::*;

/// Does something.
#[secure_tool(scope = "a", effect = read)]
async fn list() {
    use std::process::{Command as Program, Stdio, exit};
    use tokio::process as programs;
    Program::new("ls").stdin(Stdio::null()).output().ok();
    programs::Command::new("ls").output().await.ok();
    exit(1)
}

fn main() {}
