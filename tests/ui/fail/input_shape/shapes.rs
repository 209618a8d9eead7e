//! Types without a shape that clients know.
#![allow(unused)]

use secure_tool_runtime::secure_input;

#[secure_input]
struct Pair(u8, u8);

#[secure_input]
struct Unit;

#[secure_input]
struct Generic<T> {
    /// Something.
    value: T,
}

#[secure_input]
union Either {
    one: u8,
    other: i8,
}

#[secure_input]
enum Never {}

fn main() {}
