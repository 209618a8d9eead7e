//! The statement begins in a variable, and a value is written behind it.
#![allow(unused)]

use std::fmt::Write;

use secure_tool_runtime::prelude::*;

/// Does something.
#[secure_tool(scope = "a", effect = read)]
async fn tool(
    /// From the client.
    title: Text<1, 200>,
    /// From the client.
    label: Option<Text<1, 200>>,
) {
    let base = "SELECT * FROM notes";
    let one = format!("{base} WHERE title = '{title}'");
    let mut other = String::from("SELECT * FROM notes WHERE");
    write!(other, " title = '{title}'").unwrap();
    let chosen = format!("{base} ORDER BY {}", if let Some(label) = &label { label } else { "id" });
}

fn main() {}
