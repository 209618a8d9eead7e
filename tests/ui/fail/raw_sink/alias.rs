//! An alias is the type that it names.
#![allow(unused)]
use secure_tool_runtime::prelude::*;

type Report = std::path::PathBuf;

/// Read a report.
#[secure_tool(scope = "a", effect = read)]
async fn read(
    /// Which one.
    report: Report,
) {
}

fn main() {}
