//! One field has no description, and the name of another one says that it is a path.
#![allow(unused)]

use secure_tool_runtime::{Text, secure_input, secure_tool};

#[secure_input]
struct Document {
    title: Text<1, 100>,
    /// Where it is.
    path: Text<1, 100>,
    /// What it says.
    body: String,
}

#[secure_input(tag = "kind")]
enum Source {
    Web {
        /// Where it is.
        url: Text<1, 100>,
    },
    Disk {
        name: Text<1, 100>,
    },
}

/// Does something.
#[secure_tool(scope = "notes:read", effect = read)]
async fn tool(
    name: Text<1, 9>,
    /// What it says.
    body: String,
) {}

fn main() {}
