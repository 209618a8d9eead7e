//! Their inputs would have one name.
#![allow(unused)]

use secure_tool_runtime::secure_tools;

struct Notes;
struct Users;

#[secure_tools]
impl Notes {
    /// Lists notes.
    #[secure_tool(scope = "a", effect = read)]
    async fn list(&self) {}
}

#[secure_tools]
impl Users {
    /// Lists users.
    #[secure_tool(scope = "a", effect = read)]
    async fn list(&self) {}
}

fn main() {}
