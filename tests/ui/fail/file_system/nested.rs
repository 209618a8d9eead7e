//! In a closure, in a macro, in an asynchronous block, after imports at the top.
#![allow(unused)]

use secure_tool_runtime::prelude::*;
use std::fs::{self, File, OpenOptions};

/// Does something.
#[secure_tool(scope = "a", effect = read)]
async fn read() {
    let read = |path: &str| fs::read(path);
    let files = vec![File::open("notes")];
    let later = async { assert!(OpenOptions::new().append(true).open("notes").is_ok()) };
}

fn main() {}
