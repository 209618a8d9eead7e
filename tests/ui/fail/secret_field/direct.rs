//! Fields that say that they are secrets.
#![allow(unused)]
use secure_tool_runtime::prelude::*;

#[secure_output]
struct Account {
    name: String,
    password_hash: String,
    api_key: Option<String>,
    ssn: u64,
    has_password: bool,
}

fn main() {}
