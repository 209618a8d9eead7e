//! Whatever its type is called.
#![allow(unused)]
use secure_tool_runtime::prelude::*;

type Id = Int<1, 1000>;

/// Read a note.
#[secure_tool(scope = "a", effect = read)]
async fn read(
    /// Whose.
    owner_id: Id,
) {
}

fn main() {}
