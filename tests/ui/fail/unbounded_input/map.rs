//! A map with unbounded keys and values.
#![allow(unused)]

use std::collections::BTreeMap;

use secure_tool_runtime::{Map, Text, secure_tool};

/// Does something.
#[secure_tool(scope = "notes:read", effect = read)]
async fn tool(
    /// Notes by topic.
    #[validate(length(max = 3))]
    notes: BTreeMap<Text<1, 9>, String>,
    /// Numbers by name.
    #[validate(length(max = 3))]
    numbers: BTreeMap<String, u8>,
    /// Texts by name, bounded in number only.
    texts: Map<Text<1, 9>, String, 0, 3>,
) {}

fn main() {}
