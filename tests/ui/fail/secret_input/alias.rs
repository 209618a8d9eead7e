//! An alias of text may be a secret.
#![allow(unused)]
use secure_tool_runtime::prelude::*;

type Key = Text<1, 100>;

/// Connect.
#[secure_tool(scope = "a", effect = read)]
async fn connect(
    /// The key.
    api_key: Key,
) {
}

fn main() {}
