//! Nothing tells the variants apart.
#![allow(unused)]

use secure_tool_runtime::{Text, secure_input};

#[secure_input]
enum Filter {
    All,
    Words {
        /// The words.
        words: Text<1, 9>,
    },
}

#[secure_input(tag = "kind")]
enum Tuple {
    Words(Text<1, 9>),
}

#[secure_input(tag = "kind")]
struct NoEnum {
    /// A number.
    number: u8,
}

#[secure_input(tga = "kind")]
enum Misspelt {
    Number {
        /// A number.
        number: u8,
    },
}

fn main() {}
