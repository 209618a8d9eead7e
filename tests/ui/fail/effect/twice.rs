//! A tool has one effect.
#![allow(unused)]
use secure_tool_runtime::prelude::*;

/// Empty the bin.
#[secure_tool(scope = "a", effect = read, effect = destructive)]
async fn empty() {}

fn main() {}
