//! Databases in which what a client sends is a value, never a part of a statement.
//!
//! [`sql!`](crate::sql!) makes a [`Statement`] out of a literal, and checks it while it is compiled: one
//! statement, that reads or changes rows, with values bound. A [`Database`] is opened once, from
//! configuration, for reading or for reading and writing, with limits of time, rows and bytes for each statement.
//!
//! ```
//! use secure_tool_runtime::prelude::*;
//! use secure_tool_runtime::sql::{Database, ReadWrite, SqlError, contains};
//! use secure_tool_runtime::{sql, sql_words};
//!
//! struct Notes {
//!     db: Database<ReadWrite>,
//! }
//!
//! /// The order of a list.
//! #[secure_input]
//! enum Order {
//!     Title,
//!     Newest,
//! }
//! sql_words!(Order { Title => "title COLLATE NOCASE", Newest => "id DESC" });
//!
//! #[secure_tools]
//! impl Notes {
//!     /// Find the caller's notes.
//!     #[secure_tool(scope = "notes:read", effect = read)]
//!     async fn find(
//!         &self,
//!         caller: &Caller,
//!         /// What the title contains.
//!         text: Text<1, 100>,
//!         /// In which order.
//!         order: Order,
//!     ) -> Result<Vec<String>, SqlError> {
//!         let find = sql!(
//!             "SELECT title FROM notes WHERE owner = {owner} AND title LIKE $1 ORDER BY {order} LIMIT 50"
//!         );
//!         let find = self.db.select(find).like(contains(&text)).word("order", &order);
//!         let rows: Vec<(String,)> = find.owned_by(caller).fetch_all().await?;
//!         Ok(rows.into_iter().map(|(title,)| title).collect())
//!     }
//!
//!     /// Delete one of the caller's notes.
//!     #[secure_tool(scope = "notes:write", effect = destructive)]
//!     async fn delete(
//!         &self,
//!         caller: &Caller,
//!         /// Which one.
//!         id: Int<1, 1_000_000_000>,
//!     ) -> Result<(), SqlError> {
//!         let delete = sql!("DELETE FROM notes WHERE id = $1 AND owner = {owner}");
//!         match self.db.change(delete).bind(id.get()).owned_by(caller).execute().await? {
//!             0 => Err(SqlError::NotFound),
//!             _ => Ok(()),
//!         }
//!     }
//! }
//!
//! # async fn open() -> Result<Notes, secure_tool_runtime::server::StartError> {
//! let db = Database::sqlite("/var/lib/notes/notes.db").create().read_write().await?;
//! Ok(Notes { db: db.schema("CREATE TABLE IF NOT EXISTS notes (…)").await? })
//! # }
//! ```
//!
//! # Whose rows
//!
//! A statement says `owner = {owner}` in its WHERE, and is run when [`owned_by`](Query::owned_by) has named the
//! caller, whom the server knows: a name that a client sends is not taken. A statement without it has to say
//! why: `sql!("SELECT …", shared = "the menu is for everybody")`. There is no list of tables to
//! forget one in; the short way is the safe one. The compiler looks for what lets other rows through all the
//! same, and in doubt it refuses. `owner = {owner}` counts where it stands alone or is joined by AND to the rest
//! of a WHERE, or of the ON of an inner JOIN: not beside `OR`, within `NOT`, `CASE` or a function, or compared
//! once more, and not in a join that keeps rows without a partner. Each SELECT that UNION joins needs one, each whose
//! rows INSERT copies, and what changes or replaces rows. In its place may stand `id IN (SELECT …)`, `EXISTS (…)` or a
//! part of a WITH that has one. It does not understand SQL: what a subquery or a table without the owner has
//! to do with the rest is read as you wrote it.
//!
//! ```compile_fail,E0599
//! # use secure_tool_runtime::sql::{Database, SqlError};
//! # use secure_tool_runtime::sql;
//! # async fn f(db: Database) -> Result<Vec<(i64,)>, SqlError> {
//! db.select(sql!("SELECT id FROM notes WHERE owner = {owner}")).fetch_all().await
//! # }
//! ```
//!
//! # What a database is opened for
//!
//! What it is not opened for does not compile:
//!
//! ```compile_fail,E0599
//! # use secure_tool_runtime::sql::{Database, ReadOnly, SqlError};
//! # use secure_tool_runtime::sql;
//! # async fn f(db: Database<ReadOnly>) -> Result<u64, SqlError> {
//! db.change(sql!("DELETE FROM notes", shared = "spring")).execute().await
//! # }
//! ```
//!
//! ```compile_fail,E0308
//! # use secure_tool_runtime::sql::{Database, ReadOnly, SqlError};
//! # use secure_tool_runtime::sql;
//! # async fn f(db: Database<ReadOnly>) -> Result<u64, SqlError> {
//! db.select(sql!("DELETE FROM notes", shared = "spring")).execute().await
//! # }
//! ```
//!
//! Should a statement ask for it even so, the connection refuses: on SQLite by `SQLITE_OPEN_READONLY` and
//! `query_only`, on PostgreSQL by transactions that are READ ONLY, and by the role, which is yours to
//! restrict and is refused if it is a superuser's. `COMMIT`, `ATTACH`, `PRAGMA`, `VACUUM INTO`, `SET` and
//! `COPY` are no statements here, and neither are two at once.
//!
//! What attaches other files, writes SQLite's own tables, switches off its journal or loads code is no statement
//! here. That the connections refuse it as well has to be said when SQLite is built, in `.cargo/config.toml` of
//! the application; at the start a warning says what is missing:
//!
//! ```toml
//! [env]
//! LIBSQLITE3_FLAGS = "-DSQLITE_DEFAULT_DEFENSIVE -DSQLITE_MAX_ATTACHED=0 -DSQLITE_OMIT_LOAD_EXTENSION"
//! ```
//!
//! Such a build has no `VACUUM`, which attaches a file: the program `sqlite3` has one.
//!
//! # When a call ends early
//!
//! A statement that is too slow, or for which nobody waits any more, is stopped in the database: SQLite asks us
//! between its instructions; a PostgreSQL server has its own clock, and looks every half second whether its client
//! is there. A transaction is undone, and the connection serves the next call as if nothing had been. On
//! PostgreSQL settings, locks and temporary tables are reset after each call.
//!
//! # Limits
//!
//! - One value is in memory before its bytes are counted: bound the columns, or read `substr(body, 1, 10000)`.
//! - SQLite cannot be stopped within one instruction, such as the sorting of many rows or a function of a very large text.
//! - sqlx offers no safe way to SQLite's `defensive` flag and its limit of attached databases: see above.
//! - Lists of values are bound as one: `IN (SELECT value FROM json_each($1))` on SQLite, `= ANY($1)` on PostgreSQL.
//! - Rust 1.94, which sqlx asks for.
//!
//! Sources: checklist, “SQL Injection Prevention”; <https://www.sqlite.org/security.html>;
//! <https://www.postgresql.org/docs/current/runtime-config-client.html>.

mod backend;
mod database;
mod error;
mod gate;
mod hardened;
mod lease;
mod limits;
mod literal;
mod open;
mod pattern;
#[cfg(feature = "sql-postgres")]
mod postgres;
mod query;
mod sqlite;
#[cfg(test)]
mod tests;
mod transaction;

pub use backend::Backend;
pub use database::{Access, Database, ReadOnly, ReadWrite};
pub use error::{Conflict, Fault, SqlError};
pub use literal::{Changes, OwnRows, Reads, SharedRows, Statement, Word, Words};
pub use open::Opening;
pub use pattern::{Pattern, contains, ends_with, starts_with};
pub use query::{Named, Query, Runnable};
pub use transaction::Transaction;

#[cfg(feature = "sql-postgres")]
pub use sqlx::Postgres;
pub use sqlx::{Decode, Encode, FromRow, Row, Sqlite, Type};

/// What the macros name. Not for users, and not stable.
#[doc(hidden)]
pub mod __private {
    pub use super::literal::{Facts, Literal, probe, statement, word};
    pub use std::option::Option;
}
