//! Identifiers are names on the wire.
#![allow(unused, mixed_script_confusables, confusable_idents, uncommon_codepoints)]

use secure_tool_runtime::{Text, secure_input, secure_tool};

/// Adds.
#[secure_tool(scope = "a", effect = read)]
async fn add(
    /// A word.
    pаssword: Text<1, 9>,
) {
}

#[secure_input]
struct Fіlter {
    /// Words.
    wοrds: Text<1, 9>,
}

#[secure_input]
enum Kind {
    Оne,
}

fn main() {}
