//! Text under an alias, and under another name on the wire.
#![allow(unused)]
use secure_tool_runtime::prelude::*;

type Line = &'static str;

#[secure_output]
struct Account {
    private_key: Line,
    #[name = "accessToken"]
    grant: String,
}

fn main() {}
