//! The database, by what it was opened for.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use sqlx::{Pool, Sqlite};

use super::gate::Gate;
use super::lease::Lease;
use super::limits::Limits;
use super::query::On;
use super::{Backend, Changes, Query, Reads, SqlError, Statement, Transaction};
use crate::server::StartError;

/// The longest that a script may take at the start.
const SCHEMA: Duration = Duration::from_secs(3600);

/// A database, opened for reading (`read_only`) or for reading and writing (`read_write`). `B` is
/// [`Sqlite`](super::Sqlite), or `Postgres` with the feature `sql-postgres`.
///
/// Clones share the connections.
pub struct Database<A = ReadOnly, B: Backend = Sqlite> {
    pub(super) pool: Pool<B>,
    pub(super) limits: Limits,
    access: PhantomData<A>,
}

/// Rows may be read.
#[derive(Debug, Clone, Copy)]
pub struct ReadOnly;

/// Rows may be read and changed.
#[derive(Debug, Clone, Copy)]
pub struct ReadWrite;

pub use sealed::Access;
mod sealed {
    /// What a database is opened for: [`ReadOnly`](super::ReadOnly) or [`ReadWrite`](super::ReadWrite).
    pub trait Access: Send + Sync + 'static {
        /// Whether rows may be changed.
        const WRITES: bool;
    }
    impl Access for super::ReadOnly {
        const WRITES: bool = false;
    }
    impl Access for super::ReadWrite {
        const WRITES: bool = true;
    }
}

impl<A: Access, B: Backend> Database<A, B> {
    pub(super) fn new(pool: Pool<B>, limits: Limits) -> Self {
        Database { pool, limits, access: PhantomData }
    }

    /// Reads rows.
    pub fn select<R>(&self, statement: Statement<Reads, R>) -> Query<'_, B, R> {
        Query::new(On::Pool(&self.pool, self.limits), statement)
    }

    /// Begins a transaction: what it reads is of one moment, and what it changes is undone unless it is
    /// [committed](Transaction::commit).
    ///
    /// # Errors
    /// If there is no connection, or somebody else writes for too long.
    pub async fn begin(&self) -> Result<Transaction<A, B>, SqlError> {
        let begin = if A::WRITES { B::BEGIN_WRITING } else { B::BEGIN_READING };
        let mut lease = Lease::acquire(&self.pool, self.limits).await?;
        lease.begin(begin).await?;
        Ok(Transaction::new(lease))
    }
}

impl<B: Backend> Database<ReadWrite, B> {
    /// Changes rows.
    pub fn change<R>(&self, statement: Statement<Changes, R>) -> Query<'_, B, R> {
        Query::new(On::Pool(&self.pool, self.limits), statement)
    }

    /// Runs a script at the start, before anybody calls: what makes the tables. All of it happens, or
    /// nothing. `include_str!` reads one from a file.
    ///
    /// # Errors
    /// If the database refuses it.
    pub async fn schema(self, script: &'static str) -> Result<Self, StartError> {
        let run = async {
            let mut transaction = self.pool.begin().await?;
            // Not those of a statement that ran here before. A schema may take its time.
            let gate = Arc::new(Gate::open_for(SCHEMA));
            B::arm(&mut transaction, &gate).await?;
            B::script(&mut transaction, script).await?;
            transaction.commit().await
        };
        // Nothing of a client is in it.
        run.await.map_err(|error: sqlx::Error| {
            StartError::new(
                "the database refuses the schema",
                "correct the script, or open a database that is yours",
            )
            .because(std::io::Error::other(error.to_string()))
        })?;
        Ok(self)
    }

    /// The same connections, for reading only. The database would let them write: open it once more with
    /// `read_only` where you can.
    #[must_use]
    pub fn reading(&self) -> Database<ReadOnly, B> {
        Database::new(self.pool.clone(), self.limits)
    }
}

impl<A, B: Backend> Clone for Database<A, B> {
    fn clone(&self) -> Self {
        Database { pool: self.pool.clone(), limits: self.limits, access: PhantomData }
    }
}

impl<A, B: Backend> fmt::Debug for Database<A, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Database").field("limits", &self.limits).finish_non_exhaustive()
    }
}
