//! Each method says its own.
#![allow(unused)]
use secure_tool_runtime::prelude::*;

struct Bin;

#[secure_tools]
impl Bin {
    /// Empty the bin.
    #[secure_tool(scope = "a", efect = destructive)]
    async fn empty(&self) {}

    /// Read the bin.
    #[secure_tool(scope = "a", effect)]
    async fn read(&self) {}

    /// Count what is in the bin.
    #[secure_tool(scope = "a")]
    async fn count(&self) {}
}

fn main() {}
