//! There are three effects.
#![allow(unused)]
use secure_tool_runtime::prelude::*;

/// Empty the bin.
#[secure_tool(scope = "a", effect = delete)]
async fn empty() {}

/// Read the bin.
#[secure_tool(scope = "a", effect = reed)]
async fn read() {}

fn main() {}
