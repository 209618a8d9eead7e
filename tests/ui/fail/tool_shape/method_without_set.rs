//! The block has to know.
#![allow(unused)]

use secure_tool_runtime::secure_tool;

struct Notes;

impl Notes {
    /// Lists.
    #[secure_tool(scope = "a", effect = read)]
    async fn list(
        &self,
        /// How many.
        #[validate(range(min = 1, max = 3))]
        limit: u32,
    ) {
        let _ = limit;
    }
}

fn uses(notes: &Notes) {
    // The method is still there.
    drop(notes.list(3));
}

fn main() {}
