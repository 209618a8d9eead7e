//! Untyped JSON.
#![allow(unused)]

use secure_tool_runtime::secure_tool;

/// Reads.
#[secure_tool(scope = "a", effect = read)]
async fn one() -> serde_json::Value {
    serde_json::Value::Null
}

/// Reads.
#[secure_tool(scope = "a", effect = read)]
async fn fallible() -> Result<serde_json::Value, String> {
    Ok(serde_json::Value::Null)
}

fn main() {}
