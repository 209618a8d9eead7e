//! Reports of a shop on SQLite: the client chooses one of them and its parameters, and never writes a
//! statement.
//!
//! ```text
//! cargo run --example reports                        # on http://127.0.0.1:8080/mcp, with orders made up
//! REPORTS_DB=shop.db cargo run --example reports     # of a table `orders` like that of sample.sql
//! ```
//!
//! [`query`] holds the tool; this file says who calls it, and of which file.

mod query;

use std::error::Error;
use std::process::ExitCode;

use secure_tool_runtime::prelude::*;
use secure_tool_runtime::sql::Database;

use query::Reports;

#[tokio::main]
async fn main() -> Result<ExitCode, Box<dyn Error>> {
    let made_up = tempfile::tempdir()?;
    let file = match std::env::var_os("REPORTS_DB") {
        Some(file) => file.into(),
        None => {
            let file = made_up.path().join("sample.db");
            let db = Database::sqlite(&file).create().read_write().await?;
            db.schema(include_str!("sample.sql")).await?;
            file
        }
    };
    let users = DevelopmentUsers::new().user("alice", &["reports:read"], &[]).user("bob", &[], &[]);
    let server = Server::new(Reports::open(&file).await?)
        .name("reports", env!("CARGO_PKG_VERSION"))
        .callers(users)
        .default_command(["serve", "--http", "127.0.0.1:8080"]);
    Ok(server.cli().await)
}
