//! An exception for nothing would hide what comes later.
#![allow(unused)]
use secure_tool_runtime::prelude::*;

#[secure_input(allow(sink_name, reason = "there is nothing to except"))]
struct Export {
    /// What it is called.
    title: Text<1, 100>,
}

fn main() {}
