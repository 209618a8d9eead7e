//! A notebook for several users on SQLite, with every guard of this framework in use.
//!
//! ```text
//! cargo run --example notes                     # on http://127.0.0.1:8080/mcp, in memory
//! NOTES_DB=notes.db cargo run --example notes   # kept in a file
//! cargo run --example notes serve               # over standard input and output
//! cargo run --example notes manifest            # what it offers, and to whom
//! ```
//!
//! [`notebook`] holds the tools; this file says who calls them, and how they are served.

mod notebook;

use std::error::Error;
use std::process::ExitCode;

use secure_tool_runtime::prelude::*;

use notebook::{Notebook, about};

#[tokio::main]
async fn main() -> Result<ExitCode, Box<dyn Error>> {
    let notebook = Notebook::open().await?;
    let server = Server::new(ToolSet::new(notebook).and(tools![about]))
        .name("notes", env!("CARGO_PKG_VERSION"))
        .instructions("Notes of the user who is signed in. List or search before you read.")
        .callers(notebook::users())
        .default_command(["serve", "--http", "127.0.0.1:8080"]);
    Ok(server.cli().await)
}
