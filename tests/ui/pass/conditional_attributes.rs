//! Conditional attributes that are not ours stay where they are.
#![deny(dead_code, unused_variables)]

use secure_tool_runtime::prelude::*;
use secure_tool_runtime::{public_error, secure_input, secure_output};

/// Notes to look for.
#[secure_input]
pub struct Search {
    /// The title.
    #[cfg_attr(all(), allow(dead_code))]
    title: Text<1, 9>,
    /// How to sort.
    sort: Sort,
}

#[secure_input]
#[derive(Clone, Copy)]
pub enum Sort {
    Title,
    #[cfg_attr(all(), allow(dead_code))]
    Age,
}

#[secure_output]
pub struct Note {
    #[cfg_attr(any(), serde(rename = "x"))]
    title: String,
}

#[public_error]
pub enum Failure {
    #[cfg_attr(all(), allow(dead_code))]
    #[internal]
    Broken(#[cfg_attr(all(), allow(dead_code))] u8),
}

/// Looks for notes.
#[secure_tool(scope = "a", effect = read)]
async fn find(
    /// What to look for.
    #[cfg_attr(all(), allow(unused_variables))]
    search: Search,
) -> Result<Note, Failure> {
    let _ = search.sort;
    Ok(Note { title: String::new() })
}

fn main() {
    let _ = tools![find];
}
