//! A bound does not make a sink harmless.
#![allow(unused)]
use std::path::PathBuf;

use secure_tool_runtime::prelude::*;

/// Read a report.
#[secure_tool(scope = "a", effect = read)]
async fn read(
    /// Which one.
    #[validate(length(max = 100))]
    report: PathBuf,
) {
}

fn main() {}
