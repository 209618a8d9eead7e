//! One would shadow the other.
#![allow(unused)]

use secure_tool_runtime::secure_tools;

struct Notes;

#[secure_tools]
impl Notes {
    /// Lists.
    #[secure_tool(scope = "a", effect = read)]
    async fn list(&self) {}

    /// Lists, too.
    #[secure_tool(scope = "a", effect = read, name = "list")]
    async fn list_again(&self) {}
}

fn main() {}
