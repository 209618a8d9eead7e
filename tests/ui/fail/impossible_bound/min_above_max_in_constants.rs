//! No value is between the ends, as constants say.
#![allow(unused)]

use secure_tool_runtime::secure_tool;

const MIN: u64 = 9;
const MAX: u64 = 3;

/// Does something.
#[secure_tool(scope = "notes:read", effect = read)]
async fn tool(
    /// The title.
    #[validate(length(min = MIN, max = MAX))]
    title: String,
    /// The number.
    #[validate(range(min = MIN, max = MAX))]
    number: u32,
) {}

fn main() {}
