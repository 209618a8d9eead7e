//! A range needs a value that the type can hold.
#![allow(unused)]

use secure_tool_runtime::secure_tool;

/// Does something.
#[secure_tool(scope = "notes:read", effect = read)]
async fn tool(
    /// Beyond the type.
    #[validate(range(min = 300, max = 400))]
    beyond: u8,
    /// Between two whole numbers.
    #[validate(range(min = 0.2, max = 0.8))]
    between: Option<i64>,
    /// Half of it is enough.
    #[validate(range(min = -5, max = 0))]
    meets: u16,
) {}

fn main() {}
