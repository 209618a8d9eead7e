//! Calls share the state.
#![allow(unused)]

use secure_tool_runtime::secure_tools;

struct Notes;

#[secure_tools]
impl Notes {
    /// Changes.
    #[secure_tool(scope = "a", effect = write)]
    async fn change(&mut self) {}

    /// Consumes.
    #[secure_tool(scope = "a", effect = write)]
    async fn consume(self) {}

    /// Has none.
    #[secure_tool(scope = "a", effect = write)]
    async fn without() {}

    /// Keeps it.
    #[secure_tool(scope = "a", effect = write)]
    async fn keep(&'static self) {}
}

fn main() {}
