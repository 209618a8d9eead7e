//! The thread that writes records down.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use super::queue::{Ended, Queue};
use super::sink::Sink;
use super::state::State;
use super::text::cap;
use super::time::Now;
use super::{Record, event};
use crate::resource::secrets;

/// Records between two commits, so that those at hand stay few.
const BATCH: usize = 128;

/// How long the thread sleeps after it found records. A sleeping thread that looks for itself need
/// not be woken: at a busy server no call pays for that.
const NAP: Duration = Duration::from_millis(2);

/// Commits that may fail after the last handle is gone, before what is left is given up.
pub(super) const LAST_TRIES: u32 = 10;

/// What the thread works with.
pub(super) struct Worker {
    pub(super) queue: Arc<Queue>,
    /// Out of the queue, to be delivered. Empty at the start.
    pub(super) taken: VecDeque<Ended>,
    /// Records delivered, but not committed: their room is to be given back. Zero at the start.
    pub(super) owed: usize,
    pub(super) sink: Box<dyn Sink>,
    pub(super) state: Arc<State>,
    /// Time between two attempts at a commit that failed.
    pub(super) retry: Duration,
    /// [`LAST_TRIES`] at the start.
    pub(super) tries_left: u32,
}

impl Worker {
    /// Works until the last handle is gone and everything is written.
    pub(super) fn run(mut self) {
        // A fault of ours in here must not lose records either.
        if catch_unwind(AssertUnwindSafe(|| self.work())).is_err() {
            self.salvage();
        }
        // The file first: who waits for the end may want to open it.
        let state = Arc::clone(&self.state);
        drop(self);
        state.end();
    }

    fn work(&mut self) {
        loop {
            self.state.begin_flushes();
            // Before the queue is looked at: what is closed by the last handle is found then.
            let abandoned = self.queue.is_abandoned();
            let found = self.drain();
            self.state.finish_flushes();
            if abandoned {
                return;
            }
            if found {
                self.nap();
            } else {
                self.sleep();
            }
        }
    }

    /// Refuses calls for good, and makes events at least of those that are under way.
    fn salvage(&mut self) {
        self.state.breaks("the audit thread failed");
        self.queue.close();
        self.emit_taken();
        loop {
            // Before the queue is looked at. Without a handle no slot can be closed any more, even if
            // one was leaked, so that its room never comes back.
            let abandoned = self.queue.is_abandoned();
            self.queue.take(&mut self.taken);
            self.emit_taken();
            if abandoned || self.queue.is_idle() {
                return;
            }
            thread::park_timeout(NAP);
        }
    }

    fn emit_taken(&mut self) {
        while let Some(record) = self.next(Now::read()) {
            let _ = catch_unwind(AssertUnwindSafe(|| event::emit(&record)));
        }
        self.pay();
    }

    /// Writes down what is queued. True if there was something.
    fn drain(&mut self) -> bool {
        self.queue.take(&mut self.taken);
        let now = Now::read();
        let found = !self.taken.is_empty();
        while let Some(record) = self.next(now) {
            self.deliver(record);
            if self.owed == BATCH {
                self.commit();
            }
        }
        self.commit();
        found
    }

    fn next(&mut self, now: Now) -> Option<Record> {
        let Ended { at, mut record, violations } = self.taken.pop_front()?;
        self.owed += 1;
        record.time = now.date(at);
        if let Some(violations) = violations {
            record.cause = Some(violations.summary());
        }
        hide_secrets(&mut record);
        Some(record)
    }

    fn pay(&mut self) {
        self.queue.free(std::mem::take(&mut self.owed));
    }

    fn deliver(&mut self, record: Record) {
        // Subscribers are the user's code. A panic in one must not cost the records that follow; but
        // as it may have cost this one, calls are refused from now on.
        if catch_unwind(AssertUnwindSafe(|| event::emit(&record))).is_err() {
            self.state.breaks("a tracing subscriber panicked");
        }
        self.sink.take(record);
    }

    /// Does not return before what the sink has taken is committed, or given up. Meanwhile calls are
    /// refused; the records keep their room until then.
    fn commit(&mut self) {
        self.commit_taken();
        self.pay();
    }

    fn commit_taken(&mut self) {
        let Err(error) = self.sink.commit() else {
            return;
        };
        self.state.goes_down(&error);
        while self.tries_left > 0 {
            self.wait_for_retry();
            let Err(error) = self.sink.commit() else {
                return self.state.comes_up();
            };
            // As long as there is a handle, there is no hurry.
            if !self.queue.is_abandoned() {
                continue;
            }
            self.tries_left -= 1;
            if self.tries_left == 0 {
                self.state.lost(&error);
            }
        }
    }

    fn wait_for_retry(&self) {
        let until = Instant::now() + self.retry;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            thread::park_timeout(left);
        }
    }

    /// Whoever finds the queue full, or wants a flush, wakes the thread earlier.
    fn nap(&self) {
        if !self.state.flush_wanted() {
            thread::park_timeout(NAP);
        }
    }

    /// Sleeps until there is a record, a flush is wanted, or the last handle is gone. May wake up for
    /// nothing.
    fn sleep(&self) {
        if self.queue.wake_me() && !self.state.flush_wanted() {
            thread::park();
        }
    }
}

/// Secrets in the texts of a record. Done here, where no call waits for it, and before the texts are cut.
fn hide_secrets(record: &mut Record) {
    if let Some(cause) = &mut record.cause {
        let mut text = String::from(std::mem::take(cause));
        record.secrets_replaced += secrets::replace(&mut text);
        *cause = cap(&text).into();
    }
}
