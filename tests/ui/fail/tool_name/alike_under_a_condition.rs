//! One of them is always there.
#![allow(unused)]

use secure_tool_runtime::secure_tools;

struct Notes;

#[secure_tools]
impl Notes {
    /// Adds.
    #[secure_tool(scope = "a", effect = write)]
    async fn add_note(&self) {}

    /// Adds, too.
    #[cfg(all())]
    #[secure_tool(scope = "a", effect = write, name = "addnote")]
    async fn add_another(&self) {}
}

fn main() {}
