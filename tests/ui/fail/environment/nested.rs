//! In a closure, in a macro, in an asynchronous block.
#![allow(unused)]

use secure_tool_runtime::prelude::*;
use std::env;

/// Does something.
#[secure_tool(scope = "a", effect = read)]
async fn send() {
    let key = |name: &str| env::var(name);
    let keys = vec![env::var("MAIL_KEY")];
    let later = async { unsafe { env::set_var("MAIL_KEY", "") } };
}

fn main() {}
