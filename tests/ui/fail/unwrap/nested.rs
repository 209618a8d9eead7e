//! In a closure, in a macro, in an asynchronous block, in the middle of a chain.
#![allow(unused)]

use secure_tool_runtime::prelude::*;

/// Does something.
#[secure_tool(scope = "a", effect = read)]
async fn tool(
    /// From the client.
    title: Text<1, 200>,
) {
    let parse = || title.parse::<u32>().unwrap();
    let list = vec![title.chars().next().unwrap()];
    let later = async { assert!(title.find('x').unwrap() > 0) };
    let length = title.split_once(' ').unwrap().0.len();
}

fn main() {}
