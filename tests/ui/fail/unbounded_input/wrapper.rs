//! A wrapper around something unbounded.
#![allow(unused)]

use secure_tool_runtime::{secure_input, secure_tool};

#[secure_input]
struct Title(String);

/// Does something.
#[secure_tool(scope = "notes:read", effect = read)]
async fn tool(
    /// The title.
    title: Title,
) {}

fn main() {}
