//! One shape of a result.
#![allow(unused)]

use secure_tool_runtime::secure_output;

#[secure_output]
enum Found {
    Nothing,
    One { title: String },
    Many(Vec<String>),
}

fn main() {}
