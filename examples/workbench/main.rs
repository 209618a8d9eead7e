//! The tools that published servers got wrong, done right: files, Git, reports on a database, pages of the
//! internet, and the network of one machine.
//!
//! ```text
//! cargo run --example workbench -- DIRECTORY                # on http://127.0.0.1:8080/mcp
//! cargo run --example workbench -- DIRECTORY serve          # over standard input and output
//! cargo run --example workbench -- DIRECTORY manifest       # what it offers, and to whom
//! ```
//!
//! `WORKBENCH_DB` names a SQLite database for reports, such as one made by
//!
//! ```text
//! sqlite3 orders.db "CREATE TABLE orders (owner, day, article, cents);
//!     INSERT INTO orders VALUES ('reader', '2026-11-01', 'tea', 450)"
//! ```
//!
//! Pages are fetched from port 443, and from `WORKBENCH_PORT` if it is set.
//!
//! Files and repositories are beneath the directory: files are read and written there, and repositories are its
//! subdirectories. [`tools`] has a file for each kind of tool; this one says who calls them, and how they
//! are served.

// Files and programs are opened on Linux only.
#![cfg_attr(not(target_os = "linux"), allow(unused))]

#[cfg(target_os = "linux")]
mod tools;

use std::ffi::OsString;
use std::process::ExitCode;

use secure_tool_runtime::prelude::*;

#[cfg(target_os = "linux")]
#[tokio::main]
async fn main() -> ExitCode {
    let mut arguments: Vec<OsString> = std::env::args_os().collect();
    if arguments.len() < 2 {
        eprintln!("error: no directory is named\n  help: workbench DIRECTORY [serve | manifest]");
        return ExitCode::from(2);
    }
    let directory = arguments.remove(1);
    let database = std::env::var_os("WORKBENCH_DB");
    let database = database.as_deref().map(AsRef::as_ref);
    let port = std::env::var_os("WORKBENCH_PORT");
    let tools = match tools::open(directory.as_ref(), database, port.as_deref()).await {
        Ok(tools) => tools,
        Err(error) => {
            eprintln!("error: {error}");
            return ExitCode::FAILURE;
        }
    };
    Server::new(tools)
        .name("workbench", env!("CARGO_PKG_VERSION"))
        .instructions(
            "Files and Git repositories of one directory, and reports. List before you read.",
        )
        .callers(users())
        .default_command(["serve", "--http", "127.0.0.1:8080"])
        .cli_from(arguments)
        .await
}

#[cfg(not(target_os = "linux"))]
fn main() -> ExitCode {
    eprintln!("error: programs are confined on Linux only");
    ExitCode::FAILURE
}

/// Two users to try it with. Each gets a new token whenever the server starts.
fn users() -> DevelopmentUsers {
    let reader = ["files:read", "git:read", "network:use", "reports:read", "web:read"];
    let writer = [&reader[..], &["files:write"]].concat();
    DevelopmentUsers::new().user("reader", &reader, &[]).user("writer", &writer, &[])
}
