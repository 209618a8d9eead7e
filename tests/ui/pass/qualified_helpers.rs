//! Helper attributes may be written with a path.

use secure_tool_runtime::prelude::*;
use secure_tool_runtime::{public_error, secure_input, secure_output};

/// Notes to look for.
#[secure_input]
pub struct Search {
    /// The title.
    #[secure_tool_runtime::validate(length(max = 9))]
    #[secure_tool_runtime::name = "heading"]
    pub title: String,
}

#[secure_output]
pub struct Note {
    pub title: String,
    #[secure_tool_runtime::sensitive]
    pub owner: String,
}

#[public_error]
pub enum Failure {
    #[secure_tool_runtime::public("There is no such note.")]
    Missing,
    #[secure_tool_runtime::internal]
    Broken(#[secure_tool_runtime::from] std::fmt::Error),
}

pub struct Notes;

#[secure_tools]
impl Notes {
    /// Looks for a note.
    #[secure_tool_runtime::secure_tool(scope = "a", effect = read)]
    async fn find(
        &self,
        /// What to look for.
        search: Search,
        /// How many.
        #[secure_tool_runtime::validate(range(min = 0, max = 5))]
        count: u32,
    ) -> Result<Note, Failure> {
        let title = if count == 0 { return Err(Failure::Missing) } else { search.title };
        Ok(Note { title, owner: String::new() })
    }
}

fn main() {}
