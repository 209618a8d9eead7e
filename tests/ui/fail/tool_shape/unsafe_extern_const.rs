//! Functions of another kind.
#![allow(unused)]

use secure_tool_runtime::secure_tool;

/// Does something.
#[secure_tool(scope = "notes:read", effect = read)]
unsafe extern "C" fn tool() {}

/// Is constant.
#[secure_tool(scope = "a", effect = read)]
const fn constant() {}

fn main() {}
