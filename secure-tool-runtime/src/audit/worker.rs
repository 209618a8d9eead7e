//! The thread that writes records down.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use tokio::sync::mpsc::Receiver;
use tokio::sync::mpsc::error::TryRecvError;

use super::sink::Sink;
use super::state::State;
use super::{Record, event};

/// Records between two commits, so that those at hand stay few.
const BATCH: usize = 128;

/// How long the thread sleeps after it found records. A sleeping thread that looks for itself need
/// not be woken: at a busy server no call pays for that.
const NAP: Duration = Duration::from_millis(2);

/// Commits that may fail after the last handle is gone, before what is left is given up.
pub(super) const LAST_TRIES: u32 = 10;

/// What the thread works with.
pub(super) struct Worker {
    pub(super) records: Receiver<Record>,
    pub(super) sink: Box<dyn Sink>,
    pub(super) state: Arc<State>,
    /// Time between two attempts at a commit that failed.
    pub(super) retry: Duration,
    /// [`LAST_TRIES`] at the start.
    pub(super) tries_left: u32,
}

/// Whether anybody can still send.
#[derive(PartialEq)]
enum Senders {
    Some,
    None,
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
        let waker = Waker::from(Arc::new(Unpark(thread::current())));
        loop {
            self.state.begin_flushes();
            let (found, senders) = self.drain();
            self.state.finish_flushes();
            if senders == Senders::None {
                return;
            }
            if found > 0 {
                self.nap();
            } else {
                self.sleep(&waker);
            }
        }
    }

    /// Refuses calls for good, and makes events at least of those that are under way.
    fn salvage(&mut self) {
        self.state.breaks("the audit thread failed");
        self.records.close();
        while let Some(record) = self.records.blocking_recv() {
            let _ = catch_unwind(AssertUnwindSafe(|| event::emit(&record)));
        }
    }

    /// Writes down what is queued, but no more than fits into the queue at a time, or flushes would
    /// wait for as long as calls keep coming.
    fn drain(&mut self) -> (usize, Senders) {
        let mut found = 0;
        let mut senders = Senders::Some;
        while found < self.records.max_capacity() {
            match self.records.try_recv() {
                Ok(record) => self.deliver(record),
                Err(TryRecvError::Empty) => break,
                Err(TryRecvError::Disconnected) => {
                    senders = Senders::None;
                    break;
                }
            }
            found += 1;
            if found % BATCH == 0 {
                self.commit();
            }
        }
        self.commit();
        (found, senders)
    }

    fn deliver(&mut self, record: Record) {
        // Subscribers are the user's code. A panic in one must not cost the records that follow; but
        // as it may have cost this one, calls are refused from now on.
        if catch_unwind(AssertUnwindSafe(|| event::emit(&record))).is_err() {
            self.state.breaks("a tracing subscriber panicked");
        }
        self.sink.take(record);
    }

    /// Does not return before what the sink has taken is committed. Meanwhile calls are refused.
    fn commit(&mut self) {
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
            if self.records.sender_strong_count() > 0 {
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
    fn sleep(&mut self, waker: &Waker) {
        match self.records.poll_recv(&mut Context::from_waker(waker)) {
            Poll::Ready(Some(record)) => self.deliver(record),
            // The next round finds the queue closed, commits and ends.
            Poll::Ready(None) => {}
            Poll::Pending if self.state.flush_wanted() => {}
            Poll::Pending => thread::park(),
        }
    }
}

/// Wakes the thread through the channel.
struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.0.unpark();
    }
}
