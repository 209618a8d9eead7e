//! Several statements, all of which happen, or none.

use std::fmt;
use std::marker::PhantomData;

use super::lease::Lease;
use super::query::On;
use super::{Backend, Changes, Query, ReadWrite, Reads, SqlError, Statement};

/// Several statements, all of which happen, or none. Undone when it is dropped: by an error, by `?`, by a
/// call that is cancelled or takes too long. After a statement that failed nothing can be committed.
#[must_use = "a transaction that is not committed is undone"]
pub struct Transaction<A, B: Backend> {
    lease: Lease<B>,
    access: PhantomData<A>,
}

impl<A, B: Backend> Transaction<A, B> {
    pub(super) fn new(lease: Lease<B>) -> Self {
        Transaction { lease, access: PhantomData }
    }

    /// Reads rows.
    pub fn select<R>(&mut self, statement: Statement<Reads, R>) -> Query<'_, B, R> {
        Query::new(On::Transaction(&mut self.lease), statement)
    }
}

impl<B: Backend> Transaction<ReadWrite, B> {
    /// Changes rows.
    pub fn change<R>(&mut self, statement: Statement<Changes, R>) -> Query<'_, B, R> {
        Query::new(On::Transaction(&mut self.lease), statement)
    }

    /// Keeps what was done.
    ///
    /// # Errors
    /// If a statement failed before, or the database refuses. Nothing is kept then; only where the
    /// connection is lost in the middle does nobody know.
    pub async fn commit(self) -> Result<(), SqlError> {
        self.lease.commit().await.map_err(SqlError::logged)
    }
}

impl<A, B: Backend> fmt::Debug for Transaction<A, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transaction").finish_non_exhaustive()
    }
}
