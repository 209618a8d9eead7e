//! One function, one schema.
#![allow(unused)]

use secure_tool_runtime::{Caller, secure_tool};

/// Is generic.
#[secure_tool(scope = "a", effect = read)]
async fn tool<'a, T: Sized>(
    /// The title.
    title: T,
    caller: &'a Caller,
) {
}

/// Has a condition.
#[secure_tool(scope = "a", effect = read)]
async fn conditional()
where
    u8: Copy,
{
}

fn main() {}
