//! Under another name.
#![allow(unused)]

use secure_tool_runtime::prelude::*;

/// Does something.
#[secure_tool(scope = "a", effect = read)]
async fn send() {
    use std::env as surroundings;
    use std::env::var_os;
    let key = surroundings::var("MAIL_KEY");
    let key = var_os("MAIL_KEY");
}

fn main() {}
