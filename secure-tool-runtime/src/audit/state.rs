//! What the handles and the thread tell each other besides records.

use std::fmt;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

/// Records cannot be committed at the moment.
const DOWN: u8 = 1;
/// Something failed that does not heal.
const BROKEN: u8 = 2;

/// Called when everything sent before has been committed; dropped uncalled if it was not.
pub(super) type Flush = Box<dyn FnOnce() + Send>;

/// Shared by all handles and the thread.
#[derive(Debug, Default)]
pub(super) struct State {
    /// Why calls are refused, as bits; zero is healthy.
    trouble: AtomicU8,
    /// Rung when trouble begins, for calls that wait for room in the queue.
    trouble_begins: Notify,
    thread: Mutex<ThreadState>,
    thread_ends: Condvar,
}

#[derive(Default)]
struct ThreadState {
    ended: bool,
    /// Not looked at yet.
    wanted: Vec<Flush>,
    /// Called after the next commit.
    under_way: Vec<Flush>,
}

impl fmt::Debug for ThreadState {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("ThreadState").field("ended", &self.ended).finish_non_exhaustive()
    }
}

impl State {
    /// Whether calls may come in. Relaxed: a call that comes in at the moment the disk fills up
    /// is recorded later, as everything else that is under way.
    pub(super) fn is_healthy(&self) -> bool {
        self.trouble.load(Ordering::Relaxed) == 0
    }

    /// Rung when trouble begins.
    pub(super) fn trouble_begins(&self) -> &Notify {
        &self.trouble_begins
    }

    /// Asks for a flush. False if nobody is there to do it, or if it cannot be done now.
    pub(super) fn want_flush(&self, flush: Flush) -> bool {
        let mut thread = self.thread();
        if thread.ended || !self.is_healthy() {
            return false;
        }
        thread.wanted.push(flush);
        true
    }

    /// Whether a flush has been asked for since the last [`State::begin_flushes`].
    pub(super) fn flush_wanted(&self) -> bool {
        !self.thread().wanted.is_empty()
    }

    /// Before the thread looks for records: those asked for so far are done once what it finds is
    /// committed.
    pub(super) fn begin_flushes(&self) {
        let mut thread = self.thread();
        let wanted = std::mem::take(&mut thread.wanted);
        thread.under_way.extend(wanted);
    }

    /// After what was found has been committed.
    pub(super) fn finish_flushes(&self) {
        let done = std::mem::take(&mut self.thread().under_way);
        for flush in done {
            flush();
        }
    }

    /// Drops flushes that cannot be done now, which tells those who wait for them.
    fn refuse_flushes(&self) {
        let mut thread = self.thread();
        let refused = (std::mem::take(&mut thread.wanted), std::mem::take(&mut thread.under_way));
        // Dropping wakes tasks; not under the lock.
        drop(thread);
        drop(refused);
    }

    /// A commit failed. Said once until [`State::comes_up`], not at each retry.
    pub(super) fn goes_down(&self, error: &io::Error) {
        if self.begin(DOWN) {
            complain(|| {
                tracing::error!(target: "secure_tool", %error, "audit records cannot be written: calls are refused until they can");
            });
        }
    }

    /// A commit succeeded after all.
    pub(super) fn comes_up(&self) {
        self.trouble.fetch_and(!DOWN, Ordering::Relaxed);
        complain(|| tracing::warn!(target: "secure_tool", "audit records are written again"));
    }

    /// Something failed that does not heal: calls are refused from now on.
    pub(super) fn breaks(&self, what: &str) {
        if self.begin(BROKEN) {
            complain(|| {
                tracing::error!(target: "secure_tool", what, "audit is broken: calls are refused from now on");
            });
        }
    }

    /// The last handle is gone and the records at hand cannot be committed.
    pub(super) fn lost(&self, error: &io::Error) {
        complain(
            || tracing::error!(target: "secure_tool", %error, "audit records are lost: they cannot be written"),
        );
    }

    /// The thread is about to end.
    pub(super) fn end(&self) {
        self.thread().ended = true;
        self.refuse_flushes();
        self.thread_ends.notify_all();
    }

    /// Waits for the end of the thread. False if it did not come in time.
    pub(super) fn wait_for_end(&self, timeout: Duration) -> bool {
        let (thread, _) = self
            .thread_ends
            .wait_timeout_while(self.thread(), timeout, |thread| !thread.ended)
            .unwrap_or_else(PoisonError::into_inner);
        thread.ended
    }

    /// True if this trouble is new.
    fn begin(&self, trouble: u8) -> bool {
        let before = self.trouble.fetch_or(trouble, Ordering::Relaxed);
        self.refuse_flushes();
        self.trouble_begins.notify_waiters();
        before & trouble == 0
    }

    fn thread(&self) -> MutexGuard<'_, ThreadState> {
        // A flag and a list that is pushed to and taken: never half changed.
        self.thread.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Complaints go through the user's subscriber, which may be what is broken. The panic hook has
/// spoken by then.
pub(super) fn complain(complaint: impl FnOnce()) {
    let _ = catch_unwind(AssertUnwindSafe(complaint));
}
