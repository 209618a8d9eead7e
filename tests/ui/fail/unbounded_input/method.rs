//! As in a free function, all at once.
#![allow(unused)]

use secure_tool_runtime::secure_tools;

struct Notes;

#[secure_tools]
impl Notes {
    /// Adds a note.
    #[secure_tool(scope = "notes:write", effect = write)]
    async fn add(
        &self,
        /// The title.
        title: String,
        /// The number.
        number: u64,
    ) {
    }
}

fn main() {}
