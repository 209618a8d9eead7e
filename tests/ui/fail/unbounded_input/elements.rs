//! A bounded list of unbounded text.
#![allow(unused)]

use secure_tool_runtime::secure_tool;

/// Does something.
#[secure_tool(scope = "notes:read", effect = read)]
async fn tool(
    /// The labels.
    #[validate(length(max = 10))]
    labels: Vec<String>,
) {}

fn main() {}
