//! A scope says nothing about whom a tool acts on.
#![allow(unused)]
use secure_tool_runtime::prelude::*;

/// Read somebody's notes.
#[secure_tool(scope = "notes:read", effect = read)]
async fn read(
    /// Whose.
    owner: Subject,
) {
}

fn main() {}
