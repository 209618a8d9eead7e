//! In collections, and in a wrapper.
#![allow(unused)]
use std::collections::BTreeMap;

use secure_tool_runtime::prelude::*;

#[secure_output]
struct Code(String);

#[secure_output]
struct Account {
    recovery_codes: Vec<Code>,
    api_keys: BTreeMap<String, String>,
}

fn main() {}
