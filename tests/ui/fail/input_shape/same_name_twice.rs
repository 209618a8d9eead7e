//! Clients could not tell them apart.
#![allow(unused)]

use secure_tool_runtime::secure_input;

#[secure_input]
enum Kind {
    One,
    #[name = "one"]
    Two,
}

#[secure_input]
struct Filter {
    /// A number.
    #[name = "two"]
    one: u8,
    /// A number.
    two: u8,
}

#[secure_input(tag = "kind")]
enum Tagged {
    One {
        /// Taken.
        kind: u8,
    },
}

fn main() {}
