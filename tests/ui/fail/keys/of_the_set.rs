//! `#[secure_tools]` knows one key.
#![allow(unused)]

use secure_tool_runtime::secure_tools;

struct Notes;

#[secure_tools(scope = "a")]
impl Notes {
    /// Lists.
    #[secure_tool(scope = "a", effect = read)]
    async fn list(&self) {}
}

fn main() {}
