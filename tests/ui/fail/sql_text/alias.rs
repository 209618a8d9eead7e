//! `AssertSqlSafe`, under whatever name.
#![allow(unused)]

use secure_tool_runtime::prelude::*;

/// Does something.
#[secure_tool(scope = "a", effect = read)]
async fn find(
    /// From the client.
    title: Text<1, 200>,
) {
    use sqlx::AssertSqlSafe as Checked;
    let query = sqlx::query::<sqlx::Sqlite>(Checked(title.to_string()));
    let query = sqlx::query::<sqlx::Sqlite>(sqlx::AssertSqlSafe(title.to_string()));
}

fn main() {}
