//! What differs between the databases.

use std::fmt;
use std::sync::Arc;

use futures_util::stream::BoxStream;
use sqlx::pool::PoolConnection;
use sqlx::{Either, SqlStr};

use super::gate::Gate;

/// A row, or how many rows a statement has changed.
pub(super) type Step<B> = sqlx::Result<Either<u64, <B as sqlx::Database>::Row>>;

/// A database that [`Database`](super::Database) can open: [`Sqlite`](super::Sqlite), and
/// `Postgres` with the feature `sql-postgres`.
pub trait Backend: sqlx::Database + sealed::Driver {}

impl<B: sqlx::Database + sealed::Driver> Backend for B {}

pub(super) mod sealed {
    use super::{Arc, BoxStream, Gate, PoolConnection, SqlStr, Step, fmt};

    /// Not for others: the guarantees of the layer depend on it.
    pub trait Driver: sqlx::Database {
        /// Where the database is, and how it is opened.
        type Source: fmt::Debug + Send;

        /// Begins a transaction that reads, all of it of one moment.
        const BEGIN_READING: &'static str;
        /// Begins one that writes.
        const BEGIN_WRITING: &'static str;

        /// Lets the gate stop what the connection does from now on.
        fn arm(
            connection: &mut Self::Connection,
            gate: &Arc<Gate>,
        ) -> impl Future<Output = sqlx::Result<()>> + Send;

        /// Runs one statement.
        fn run(
            connection: &mut Self::Connection,
            text: SqlStr,
            arguments: Self::Arguments,
        ) -> BoxStream<'_, Step<Self>>;

        /// Runs a script of the operator's.
        fn script(
            connection: &mut Self::Connection,
            text: &'static str,
        ) -> impl Future<Output = sqlx::Result<()>> + Send;

        /// How many bytes the values of a row have.
        fn weigh(row: &Self::Row) -> usize;

        /// Disposes of a connection on which something may still be running. Its gate is closed.
        fn abandon(connection: PoolConnection<Self>, in_transaction: bool);
    }
}
