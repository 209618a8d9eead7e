//! An unbounded field of a variant.
#![allow(unused)]

use secure_tool_runtime::{Text, secure_input, secure_tool};

#[secure_input(tag = "kind")]
enum Filter {
    All,
    Words {
        /// The words.
        words: Vec<Text<1, 9>>,
    },
}

/// Does something.
#[secure_tool(scope = "notes:read", effect = read)]
async fn tool(
    /// What to look for.
    filter: Filter,
) {}

fn main() {}
