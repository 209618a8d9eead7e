//! A database that is about to be opened, and how much each statement may take.

use std::fmt;
use std::time::Duration;

use super::Backend;
use super::limits::Limits;

/// A database that is about to be opened: `Database::sqlite("notes.db").read_only()`.
#[must_use = "nothing is opened before `read_only()` or `read_write()`"]
pub struct Opening<B: Backend> {
    pub(super) source: B::Source,
    pub(super) limits: Limits,
    pub(super) connections: u32,
}

impl<B: Backend> Opening<B> {
    pub(super) fn new(source: B::Source, connections: u32) -> Self {
        Opening { source, limits: Limits::default(), connections }
    }

    /// The longest that a statement may take, `COMMIT` included. What takes longer is stopped in the
    /// database. By default 5 s, at least 1 ms. The wait for a connection comes before it: no longer than 10 s, on
    /// SQLite 5 s.
    pub fn time_limit(mut self, limit: Duration) -> Self {
        self.limits.time = limit.max(Duration::from_millis(1));
        self
    }

    /// The most rows that one statement may return; more is an error, not a part. By default 1000.
    pub fn max_rows(mut self, rows: usize) -> Self {
        self.limits.rows = rows;
        self
    }

    /// The most bytes that the values which one statement returns may have together. By default 1 MiB.
    pub fn max_bytes(mut self, bytes: usize) -> Self {
        self.limits.bytes = bytes;
        self
    }

    /// The most connections at the same time, at least 1; further calls wait for one. By default 4 to a
    /// file and 8 to a server. A database in memory has one.
    pub fn connections(mut self, most: u32) -> Self {
        self.connections = most.max(1);
        self
    }
}

impl<B: Backend> fmt::Debug for Opening<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Opening { source, limits, connections } = self;
        f.debug_struct("Opening")
            .field("source", source)
            .field("limits", limits)
            .field("connections", connections)
            .finish()
    }
}
