//! A type that stands for one that starts programs.
#![allow(unused)]

use secure_tool_runtime::prelude::*;

/// Does something.
#[secure_tool(scope = "a", effect = read)]
async fn tool() {
    type Program = std::process::Command;
    Program::new("ls");
}

fn main() {}
