//! In a closure, in a macro, in an asynchronous block, in a helper inside.
#![allow(unused)]

use secure_tool_runtime::prelude::*;

/// Does something.
#[secure_tool(scope = "a", effect = read)]
async fn tool() {
    let header = || format!("Authorization: Bearer {}", "xoxb-2345678901-abcdefghij");
    let later = async { vec!["AIzaSyD4iE2xVSpkLLOXoyqT-RuPwURN3d"] };
    const API_KEY: &str = "9f8e7d6c5b4a39281706f5e4";
}

fn main() {}
