//! Numbers that JSON rounds.
#![allow(unused)]

use secure_tool_runtime::secure_tool;

const GREAT: u64 = 1 << 60;

/// Does something.
#[secure_tool(scope = "notes:read", effect = read)]
async fn tool(
    /// The number.
    #[validate(range(min = 0, max = 9_007_199_254_740_993))]
    number: u64,
    /// The other number.
    #[validate(range(min = 0, max = GREAT))]
    other: u64,
) {}

fn main() {}
