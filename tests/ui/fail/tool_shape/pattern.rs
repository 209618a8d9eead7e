//! A parameter has a name.
#![allow(unused)]

use secure_tool_runtime::secure_tool;

/// Takes apart.
#[secure_tool(scope = "a", effect = read)]
async fn tool(
    /// Two numbers.
    [first, second]: [u8; 2],
    /// Ignored.
    _: u8,
) {
}

fn main() {}
