//! Fields are described, too.
#![allow(unused)]

use secure_tool_runtime::{Text, secure_input};

#[secure_input]
struct Filter {
    words: Text<1, 9>,
}

#[secure_input(tag = "kind")]
enum Kind {
    Named { name: Text<1, 9> },
}

fn main() {}
