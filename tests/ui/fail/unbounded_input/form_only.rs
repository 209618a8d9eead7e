//! A form is no bound.
#![allow(unused)]

use secure_tool_runtime::secure_tool;

/// Does something.
#[secure_tool(scope = "notes:read", effect = read)]
async fn tool(
    /// The address.
    #[validate(email)]
    address: String,
) {}

fn main() {}
