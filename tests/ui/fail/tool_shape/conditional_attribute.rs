//! Whether a method is a tool, and what a parameter is bounded by, is decided too late.
#![allow(unused)]

use secure_tool_runtime::prelude::*;

struct Notes;

#[secure_tools]
impl Notes {
    /// Does something.
    #[cfg_attr(all(), secure_tool(scope = "notes:read", effect = read))]
    async fn tool(
        &self,
        /// The title.
        #[validate(length(max = 9))]
        title: String,
    ) {
    }
}

/// Does something.
#[secure_tool(scope = "notes:read", effect = read)]
async fn tool(
    /// The title.
    #[cfg_attr(all(), validate(length(max = 9)))]
    title: Text<1, 9>,
) {
}

fn main() {}
