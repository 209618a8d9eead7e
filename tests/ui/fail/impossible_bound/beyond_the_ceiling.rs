//! More than anybody should send.
#![allow(unused)]

use secure_tool_runtime::secure_tool;

const MANY: u64 = 1 << 21;

/// Does something.
#[secure_tool(scope = "notes:read", effect = read)]
async fn tool(
    /// The text.
    #[validate(length(max = 1_048_577))]
    text: String,
    /// The other text.
    #[validate(length(max = MANY))]
    other: String,
    /// The list.
    #[validate(length(max = 10_001))]
    list: Vec<u8>,
) {}

fn main() {}
