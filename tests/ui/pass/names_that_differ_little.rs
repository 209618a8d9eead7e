//! Names that a reader tells apart.

use secure_tool_runtime::prelude::*;
use secure_tool_runtime::secure_tools;

pub struct Notes;

#[secure_tools]
impl Notes {
    /// One.
    #[secure_tool(scope = "a", effect = read)]
    async fn get_note(&self) {}

    /// Several.
    #[secure_tool(scope = "a", effect = read)]
    async fn get_notes(&self) {}

    /// First.
    #[secure_tool(scope = "a", effect = read)]
    async fn list1(&self) {}

    /// Second.
    #[secure_tool(scope = "a", effect = read)]
    async fn list2(&self) {}

    /// Eleventh.
    #[secure_tool(scope = "a", effect = read)]
    async fn list11(&self) {}

    /// Sends a letter.
    #[secure_tool(scope = "a", effect = write)]
    async fn send_mail(&self) {}

    /// Sends to the shop.
    #[secure_tool(scope = "a", effect = write)]
    async fn send_mall(&self) {}

    /// Of January 2024.
    #[secure_tool(scope = "a", effect = read, name = "report.2024.1")]
    async fn january(&self) {}

    /// Of the year 20241.
    #[secure_tool(scope = "a", effect = read, name = "report.20241")]
    async fn future(&self) {}
}

fn main() {
    assert_eq!(ToolSet::new(Notes).names().count(), 9);
}
