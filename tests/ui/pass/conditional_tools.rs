//! Tools that exist under a condition, and two of which only one does.

use secure_tool_runtime::{ToolSet, secure_tool, secure_tools};

pub struct Notes;

#[secure_tools]
impl Notes {
    /// Exists.
    #[secure_tool(scope = "a", effect = read)]
    async fn exists(&self) {}

    /// Does not exist.
    #[cfg(any())]
    #[secure_tool(scope = "a", effect = read)]
    async fn absent(
        &self,
        /// Not there.
        number: NotThere,
    ) {
    }

    /// One of two.
    #[cfg(all())]
    #[secure_tool(scope = "a", effect = read)]
    async fn one_of_two(
        &self,
        /// A number.
        number: u8,
    ) {
        let _ = number;
    }

    /// The other one.
    #[cfg(not(all()))]
    #[secure_tool(scope = "a", effect = read)]
    async fn one_of_two(&self) {}
}

/// Is not there, either.
#[secure_tool(scope = "a", effect = read)]
#[cfg(any())]
async fn free() {}

fn main() {
    assert_eq!(ToolSet::new(Notes).names().collect::<Vec<_>>(), ["exists", "one_of_two"]);
}
