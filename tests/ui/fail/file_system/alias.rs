//! An import of the whole file system says it all; a type does nothing until it is used.
#![allow(unused)]

use secure_tool_runtime::prelude::*;

/// Does something.
#[secure_tool(scope = "a", effect = read)]
async fn read() {
    use std::fs as disk;
    use std::fs::{File as Handle, Metadata, write};
    disk::read_to_string("notes").ok();
    write("notes", "").ok();
    Handle::open("notes").ok();
}

fn main() {}
