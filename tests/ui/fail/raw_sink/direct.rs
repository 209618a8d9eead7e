//! Paths, addresses and expressions as types.
#![allow(unused)]
use std::ffi::OsString;
use std::path::PathBuf;

use secure_tool_runtime::prelude::*;

/// Read a file.
#[secure_tool(scope = "a", effect = read)]
async fn read(
    /// Which one.
    report: PathBuf,
    /// And this one.
    other: OsString,
) {
}

/// Search.
#[secure_tool(scope = "a", effect = read)]
async fn search(
    /// For what.
    expression: regex::Regex,
) {
}

fn main() {}
