//! An hour's calls may come at once, unless a burst is declared.

use secure_tool_runtime::prelude::*;

/// Delete everything.
#[secure_tool(scope = "a", effect = destructive, rate = "600/hour")]
async fn delete() {}

/// Delete everything.
#[secure_tool(scope = "a", effect = destructive, rate = "600/hour", burst = 11)]
async fn delete_quickly() {}

/// Delete everything.
#[secure_tool(scope = "a", effect = destructive, rate = "60/min", burst = 11)]
async fn delete_often() {}

/// Delete everything.
#[secure_tool(scope = "a", effect = destructive, rate = "600/hour", burst = 10)]
async fn delete_slowly() {}

fn main() {}
