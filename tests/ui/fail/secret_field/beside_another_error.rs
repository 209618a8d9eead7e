//! One field is conditional, the name of another one says that it is a secret, a third cannot be output.
#![allow(unused)]

use secure_tool_runtime::secure_output;

#[secure_output]
struct Account {
    #[cfg(unix)]
    name: String,
    api_key: String,
    parsed: serde_json::Value,
}

fn main() {}
