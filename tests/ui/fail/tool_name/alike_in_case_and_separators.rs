//! A model, or a user who approves a call, takes one for the other.
#![allow(unused)]

use secure_tool_runtime::secure_tools;

struct Notes;

#[secure_tools]
impl Notes {
    /// Adds.
    #[secure_tool(scope = "a", effect = write)]
    async fn add_note(&self) {}

    /// Adds, too.
    #[secure_tool(scope = "a", effect = write, name = "addNote")]
    async fn add_another(&self) {}

    /// Deletes.
    #[secure_tool(scope = "a", effect = write, name = "add-note")]
    async fn delete_note(&self) {}
}

fn main() {}
