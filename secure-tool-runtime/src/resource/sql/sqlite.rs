//! SQLite: each connection has a thread, on which it can be stopped between two of its instructions.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use sqlx::pool::{PoolConnection, PoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode};
use sqlx::{
    ConnectOptions, Decode, Executor, Pool, Row, SqlStr, Sqlite, SqliteConnection, TypeInfo,
    ValueRef,
};

use super::backend::Step;
use super::backend::sealed::Driver;
use super::gate::Gate;
use super::lease::undo;
use super::open::Opening;
use super::{Database, ReadOnly, ReadWrite, hardened};
use crate::server::StartError;

/// Instructions of SQLite's machine between two looks at the gate: some tens of microseconds.
const INSTRUCTIONS: i32 = 1000;

/// The longest wait for a lock of somebody else, and for a connection.
const LOCKED: Duration = Duration::from_secs(5);

/// Rows that wait to be read: few, for they may be large.
const ROWS_AHEAD: usize = 8;

/// Statements that a connection keeps prepared; the oldest makes room.
pub(super) const PREPARED: usize = 64;

/// A file, or memory.
#[derive(Debug)]
pub struct Source {
    file: Option<PathBuf>,
    create: bool,
    wal: bool,
}

impl Database<ReadOnly, Sqlite> {
    /// A SQLite database in a file, about to be opened.
    pub fn sqlite(file: impl AsRef<Path>) -> Opening<Sqlite> {
        let file = Some(file.as_ref().to_path_buf());
        Opening::new(Source { file, create: false, wal: false }, 4)
    }

    /// A new SQLite database in memory. It is gone when the last clone of the [`Database`] is.
    pub fn sqlite_in_memory() -> Opening<Sqlite> {
        Opening::new(Source { file: None, create: true, wal: false }, 1)
    }
}

impl Opening<Sqlite> {
    /// Makes the file if there is none, for [`read_write`](Self::read_write). By default that is an error,
    /// which shows a wrong path.
    pub fn create(mut self) -> Self {
        self.source.create = true;
        self
    }

    /// Keeps a write-ahead log beside the file, so that nobody who reads waits for somebody who writes.
    /// The file stays so. For [`read_write`](Self::read_write).
    pub fn wal(mut self) -> Self {
        self.source.wal = true;
        self
    }

    /// Opens it for reading. The connections cannot write, whatever they are told: the file is opened
    /// with `SQLITE_OPEN_READONLY`, and `query_only` is on.
    ///
    /// # Errors
    /// If there is no such file, it cannot be read, or is no SQLite database.
    pub async fn read_only(self) -> Result<Database<ReadOnly, Sqlite>, StartError> {
        if self.source.file.is_none() {
            return Err(StartError::new(
                "a new database in memory was opened for reading only, and has nothing to read",
                "name a file: `Database::sqlite(\"…\")`",
            ));
        }
        let options = self.options()?.read_only(true).create_if_missing(false);
        let pool = self.connect(options.pragma("query_only", "ON")).await?;
        Ok(Database::new(pool, self.limits))
    }

    /// Opens it for reading and writing.
    ///
    /// # Errors
    /// If there is no such file and it is not to be [created](Self::create), or it cannot be written or is
    /// no SQLite database.
    pub async fn read_write(self) -> Result<Database<ReadWrite, Sqlite>, StartError> {
        let mut options = self.options()?.create_if_missing(self.source.create);
        if self.source.wal {
            options = options.journal_mode(SqliteJournalMode::Wal);
        }
        let pool = self.connect(options).await?;
        Ok(Database::new(pool, self.limits))
    }

    fn options(&self) -> Result<SqliteConnectOptions, StartError> {
        let options = match &self.source.file {
            // Absolute, so that no name is taken for `:memory:`, or for a URI with options of its own.
            Some(file) => SqliteConnectOptions::new()
                .filename(std::path::absolute(file).map_err(|error| refused(file).because(error))?),
            None => SqliteConnectOptions::new().in_memory(true),
        };
        Ok(options
            .busy_timeout(self.limits.time.min(LOCKED))
            .statement_cache_capacity(PREPARED)
            .row_buffer_size(ROWS_AHEAD)
            .foreign_keys(true)
            // Functions and virtual tables that have effects do not run from within a schema.
            .pragma("trusted_schema", "OFF")
            // Broken or hostile files are noticed rather than followed.
            .pragma("cell_size_check", "ON")
            .disable_statement_logging())
    }

    async fn connect(&self, options: SqliteConnectOptions) -> Result<Pool<Sqlite>, StartError> {
        let mut pool = PoolOptions::new()
            .max_connections(self.connections)
            .acquire_timeout(LOCKED)
            .test_before_acquire(false);
        if self.source.file.is_none() {
            // A database in memory is gone with its connection.
            pool = pool.max_connections(1).idle_timeout(None).max_lifetime(None);
        }
        let pool = pool.connect_with(options).await.map_err(|error| self.failed(&error))?;
        // SQLite opens a file without looking into it.
        let looked = sqlx::query("SELECT count(*) FROM sqlite_schema").execute(&pool).await;
        looked.map_err(|error| self.failed(&error))?;
        hardened::warn_once().await;
        Ok(pool)
    }

    /// At the start there is nothing of a client in a database's words.
    fn failed(&self, error: &sqlx::Error) -> StartError {
        let file = self.source.file.as_deref().unwrap_or(Path::new(":memory:"));
        refused(file).because(std::io::Error::other(error.to_string()))
    }
}

fn refused(file: &Path) -> StartError {
    StartError::new(
        format!("the database `{}` cannot be opened", file.display()),
        "name a SQLite database that this user may read, in a directory that it may write if the file uses \
         a write-ahead log or is to be written; a new file is made with `.create()` and `.read_write()`",
    )
}

impl Driver for Sqlite {
    type Source = Source;

    const BEGIN_READING: &'static str = "BEGIN";
    // Takes the right to write at once: taking it later fails where two have begun to read.
    const BEGIN_WRITING: &'static str = "BEGIN IMMEDIATE";

    async fn arm(connection: &mut SqliteConnection, gate: &Arc<Gate>) -> sqlx::Result<()> {
        let gate = Arc::clone(gate);
        // A statement or a ping follows each of these: fifty in a row would block sqlx's own queue.
        let mut handle = connection.lock_handle().await?;
        handle.set_progress_handler(INSTRUCTIONS, move || gate.is_open());
        Ok(())
    }

    fn run(
        connection: &mut SqliteConnection,
        text: SqlStr,
        arguments: Self::Arguments,
    ) -> BoxStream<'_, Step<Self>> {
        connection
            .fetch_many(sqlx::query_with(text, arguments))
            .map(|step| step.map(|either| either.map_left(|done| done.rows_affected())))
            .boxed()
    }

    async fn script(connection: &mut SqliteConnection, text: &'static str) -> sqlx::Result<()> {
        sqlx::raw_sql(text).execute(connection).await.map(|_| ())
    }

    fn weigh(row: &Self::Row) -> usize {
        (0..row.len()).map(|column| row.try_get_raw(column).map_or(0, |value| weigh(value))).sum()
    }

    /// What runs ends within microseconds, and the connection is as good as new. One to a database in
    /// memory must not be closed.
    fn abandon(connection: PoolConnection<Self>, in_transaction: bool) {
        if in_transaction { undo::<Self>(connection) } else { drop(connection) }
    }
}

fn weigh(value: sqlx::sqlite::SqliteValueRef<'_>) -> usize {
    let texts = matches!(value.type_info().name(), "TEXT" | "BLOB");
    if !texts {
        return size_of::<i64>();
    }
    // A value of which the bytes were borrowed can still be read as what it is: bytes or text.
    <&[u8] as Decode<Sqlite>>::decode(value).map_or(0, <[u8]>::len)
}
