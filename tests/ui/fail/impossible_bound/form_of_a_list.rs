//! Only text has a form.
#![allow(unused)]

use secure_tool_runtime::{Text, secure_tool};

/// Does something.
#[secure_tool(scope = "notes:read", effect = read)]
async fn tool(
    /// The addresses.
    #[validate(length(max = 3), email)]
    addresses: Vec<u8>,
    /// The title.
    #[validate(length(max = 3), contains = "a")]
    title: Text<1, 3>,
) {}

fn main() {}
