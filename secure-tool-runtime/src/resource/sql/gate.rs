//! Whether a statement may go on. SQLite asks this again and again while it works, on a thread of its own.
//!
//! A gate stays with its connection until another takes its place: each statement needs one of its own.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

#[derive(Debug)]
pub struct Gate {
    until: Instant,
    closed: AtomicBool,
}

impl Gate {
    pub(super) fn open_for(limit: Duration) -> Self {
        Gate { until: Instant::now() + limit, closed: AtomicBool::new(false) }
    }

    /// Nobody waits for the statement any more.
    pub(super) fn close(&self) {
        self.closed.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_open(&self) -> bool {
        !self.closed.load(Ordering::Relaxed) && Instant::now() < self.until
    }
}
