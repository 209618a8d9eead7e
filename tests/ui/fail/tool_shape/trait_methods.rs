//! Tools are a type's own.
#![allow(unused)]

use secure_tool_runtime::secure_tools;

struct Notes;

trait Lists {
    async fn list(&self);
}

#[secure_tools]
impl Lists for Notes {
    /// Lists.
    #[secure_tool(scope = "a", effect = read)]
    async fn list(&self) {}
}

fn main() {}
