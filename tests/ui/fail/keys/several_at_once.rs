//! All errors are reported.
#![allow(unused)]

use secure_tool_runtime::{Caller, secure_tool};

/// Adds.
#[secure_tool(effect = reads, rate = "many")]
fn add(
    title: String,
    /// The number.
    #[validate(range(min = 3, max = 1))]
    number: u32,
    caller: &mut Caller,
) -> impl Sized {
}

fn main() {}
