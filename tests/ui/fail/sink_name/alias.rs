//! An alias of text is text.
#![allow(unused)]
use secure_tool_runtime::prelude::*;

type Name = Text<1, 100>;

/// Read a report.
#[secure_tool(scope = "a", effect = read)]
async fn read(
    /// Which one.
    file: Name,
) {
}

fn main() {}
