//! In a closure, in a macro, in an asynchronous block.
#![allow(unused)]

use secure_tool_runtime::prelude::*;
use std::io::{self, Write};

/// Does something.
#[secure_tool(scope = "a", effect = read)]
async fn tool() {
    let show = |text: &str| std::println!("{text}");
    writeln!(io::stdout(), "called").ok();
    let later = async { tokio::io::stdout() };
}

fn main() {}
