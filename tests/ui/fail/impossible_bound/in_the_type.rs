//! Bounds in the type that cannot be met.
#![allow(unused)]

use secure_tool_runtime::{Int, List, Map, Text, secure_tool};

/// Does something.
#[secure_tool(scope = "notes:read", effect = read)]
async fn tool(
    /// The text.
    text: Text<5, 1>,
    /// The texts.
    #[validate(length(max = 3))]
    texts: Vec<Text<5, 1>>,
    /// The number.
    number: Option<Int<1, 0>>,
    /// The list.
    list: List<u8, 0, 10_001>,
    /// The map.
    map: Map<Text<1, 2>, u8, 3, 2>,
    /// The large map.
    large: Map<Text<1, 2>, u8, 0, 10_001>,
) {}

fn main() {}
