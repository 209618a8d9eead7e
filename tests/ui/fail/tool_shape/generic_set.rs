//! One set, one schema.
#![allow(unused)]

use secure_tool_runtime::secure_tools;

struct Notes<T>(T);

#[secure_tools]
impl<T> Notes<T> {
    /// Lists.
    #[secure_tool(scope = "a", effect = read)]
    async fn list(&self) {}
}

fn main() {}
