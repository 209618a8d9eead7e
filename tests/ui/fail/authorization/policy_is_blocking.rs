//! A policy is asynchronous.
#![allow(unused)]

use secure_tool_runtime::{Caller, Decision, secure_tool};

fn may(_: &Caller, _: &ToolInput) -> Decision {
    Decision::Allow
}

/// Does something.
#[secure_tool(policy = may, effect = read)]
async fn tool() {}

fn main() {}
