//! On methods, in any period.
#![allow(unused)]
use secure_tool_runtime::prelude::*;

struct Bin;

#[secure_tools]
impl Bin {
    /// Empty the bin.
    #[secure_tool(role = "admin", effect = destructive, rate = "20000/day")]
    async fn empty(&self) {}

    /// Search the bin.
    #[secure_tool(scope = "a", effect = read, expensive, rate = "10/min", burst = 50)]
    async fn search(&self) {}
}

fn main() {}
