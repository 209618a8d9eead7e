//! A policy sees the caller and the input.
#![allow(unused)]

use secure_tool_runtime::{Decision, secure_tool};

async fn may(_: &str, _: &ToolInput) -> Decision {
    Decision::Allow
}

/// Does something.
#[secure_tool(policy = may, effect = read)]
async fn tool() {}

fn main() {}
