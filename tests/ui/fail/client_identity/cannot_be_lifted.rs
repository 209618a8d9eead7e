//! No reason makes it safe.
#![allow(unused)]
use secure_tool_runtime::prelude::*;

/// Read a note.
#[secure_tool(scope = "a", effect = read, allow(client_identity, reason = "the model is honest"))]
async fn read(
    /// As what.
    role: Text<1, 100>,
) {
}

fn main() {}
