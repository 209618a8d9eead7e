//! Under another name.
#![allow(unused)]

use secure_tool_runtime::prelude::*;

/// Does something.
#[secure_tool(scope = "a", effect = read)]
async fn tool() {
    use std::io::{Write, stdout as screen};
    writeln!(screen(), "called").ok();
}

fn main() {}
