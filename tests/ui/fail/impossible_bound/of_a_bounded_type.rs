//! A type that carries its bounds takes no other.
#![allow(unused)]

use secure_tool_runtime::{Text, secure_tool};

/// Does something.
#[secure_tool(scope = "notes:read", effect = read)]
async fn tool(
    /// The title.
    #[validate(length(max = 3))]
    title: Text<1, 3>,
    /// The flag.
    #[validate(range(min = 0, max = 1))]
    flag: bool,
) {}

fn main() {}
