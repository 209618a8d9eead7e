//! Over stdio, standard output is the protocol.
#![allow(unused)]

use secure_tool_runtime::prelude::*;

/// Does something.
#[secure_tool(scope = "a", effect = read)]
async fn tool() {
    println!("called");
    print!("called");
    dbg!(1 + 1);
}

fn main() {}
