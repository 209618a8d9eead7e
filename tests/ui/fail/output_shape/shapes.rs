//! Types without a shape that clients know.
#![allow(unused)]

use secure_tool_runtime::secure_output;

#[secure_output]
struct Pair(u8, u8);

#[secure_output]
struct Generic<T> {
    value: T,
}

#[secure_output]
union Either {
    one: u8,
    other: i8,
}

#[secure_output]
struct Twice {
    one: u8,
    #[name = "one"]
    other: u8,
}

#[secure_output]
struct Conditional {
    #[cfg_attr(all(), sensitive)]
    secret: u8,
}

fn main() {}
