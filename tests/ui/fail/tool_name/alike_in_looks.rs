//! Letters that look the same.
#![allow(unused)]

use secure_tool_runtime::secure_tools;

struct Notes;

#[secure_tools]
impl Notes {
    /// Lists.
    #[secure_tool(scope = "a", effect = read)]
    async fn list_l(&self) {}

    /// Lists, too.
    #[secure_tool(scope = "a", effect = read)]
    async fn list_1(&self) {}

    /// Reads.
    #[secure_tool(scope = "a", effect = read, name = "read0")]
    async fn read(&self) {}

    /// Writes.
    #[secure_tool(scope = "a", effect = write, name = "readO")]
    async fn write(&self) {}

    /// Burns.
    #[secure_tool(scope = "a", effect = destructive)]
    async fn burn(&self) {}

    /// Sits.
    #[secure_tool(scope = "a", effect = read)]
    async fn bum(&self) {}
}

fn main() {}
