//! A policy returns a decision.
#![allow(unused)]

use secure_tool_runtime::{Caller, secure_tool};

async fn may(_: &Caller, _: &ToolInput) -> bool {
    true
}

/// Does something.
#[secure_tool(policy = may, effect = read)]
async fn tool() {}

fn main() {}
