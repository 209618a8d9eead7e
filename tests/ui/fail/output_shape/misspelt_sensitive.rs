//! Half a word hides nothing.
#![allow(unused)]

use secure_tool_runtime::secure_output;

#[secure_output]
struct Note {
    #[sensitive(masked)]
    key: String,
    #[sensitive = true]
    other: String,
}

#[secure_output]
struct Wrapper(#[sensitive] String);

#[secure_output]
enum Kind {
    #[sensitive]
    One,
}

fn main() {}
