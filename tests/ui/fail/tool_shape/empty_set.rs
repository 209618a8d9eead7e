//! No tool at all.
#![allow(unused)]

use secure_tool_runtime::secure_tools;

struct Notes;

#[secure_tools]
impl Notes {
    /// Lists.
    async fn list(&self) {}
}

fn main() {}
