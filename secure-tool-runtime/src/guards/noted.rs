//! Calls that no rate has let through, each of which would be a record: refused for it, refused because it cannot be
//! known, or broken off before it is. Whoever calls without end must not fill the audit log with them, and push
//! out of it what he did before.

use std::sync::atomic::{AtomicU32, Ordering};

use crate::policy::Rate;
use crate::rate_limit::Limiter;

/// How many such calls of one caller are recorded.
pub(super) const NOTED: Rate = Rate::new(100, 60, 100);

/// Counts those that are not.
pub(super) struct Noted {
    limiter: Limiter,
    left_out: AtomicU32,
}

impl Noted {
    pub(super) fn new(limiter: Limiter) -> Self {
        Noted { limiter, left_out: AtomicU32::new(0) }
    }

    /// Whether one of a caller is recorded; and if so, how many were not since the last that was.
    pub(super) fn note(&self, key: u64) -> Option<u32> {
        if self.limiter.check(key).is_ok() {
            return Some(self.left_out.swap(0, Ordering::Relaxed));
        }
        // At its end it stays there.
        let _ = self
            .left_out
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |count| count.checked_add(1));
        None
    }
}
