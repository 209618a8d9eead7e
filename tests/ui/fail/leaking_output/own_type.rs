//! Nobody said what it discloses.
#![allow(unused)]

use secure_tool_runtime::secure_tool;

struct Note;

/// Reads.
#[secure_tool(scope = "a", effect = read)]
async fn one() -> Note {
    Note
}

/// Reads.
#[secure_tool(scope = "a", effect = read)]
async fn several() -> Result<Vec<Note>, String> {
    Ok(Vec::new())
}

fn main() {}
