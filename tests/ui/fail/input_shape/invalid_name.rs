//! Names that nobody can send.
#![allow(unused)]

use secure_tool_runtime::secure_input;

#[secure_input]
struct Filter {
    /// A number.
    #[name = "two words"]
    one: u8,
    /// A number.
    #[name("two")]
    two: u8,
    /// A number.
    #[name = "three"]
    #[name = "drei"]
    three: u8,
}

fn main() {}
