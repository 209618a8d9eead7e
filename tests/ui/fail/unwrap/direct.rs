//! A caller chooses whether this panics.
#![allow(unused)]

use secure_tool_runtime::prelude::*;

/// Does something.
#[secure_tool(scope = "a", effect = read)]
async fn tool(
    /// From the client.
    title: Text<1, 200>,
    /// From the client.
    count: u16,
) {
    let number: u32 = title.parse().unwrap();
    let number = title.parse::<u32>().expect("a number");
    let small = u8::try_from(count).unwrap();
}

fn main() {}
