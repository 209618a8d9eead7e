//! One record for each tool call, whatever became of it (checklist: Logging and Monitoring).
//!
//! A call hands its record over as data and goes on; a thread makes text of it. A call *opens* its
//! audit before it does anything, which reserves the room for its record, and *closes* it at the end,
//! which therefore neither fails nor waits and can be done in a `Drop`. If records cannot be written,
//! no audit opens and no call is served: nothing that happens goes unrecorded.
//!
//! Every record becomes a [`tracing`] event at [`TARGET`], and if [a file](Builder::file) is named, a
//! line of JSON in it:
//!
//! ```json
//! {"time":"2026-11-05T09:30:00.123Z","tool":"add_note","caller":"ada","outcome":"refused","reason":"rate_limited","duration_us":12,"reference":"8d1f0c62b7a94e35","arguments":{"title":"string(12)"}}
//! ```

mod builder;
mod event;
mod file;
mod line;
#[cfg(all(feature = "command", target_os = "linux"))]
mod programs;
mod queue;
mod record;
mod reference;
mod shape;
mod sink;
mod state;
mod text;
mod time;
mod worker;

use std::error::Error;
use std::fmt;
use std::sync::{Arc, mpsc as std_mpsc};
use std::thread::Thread;
use std::time::{Duration, Instant};

use tokio::sync::{SemaphorePermit, TryAcquireError, oneshot};

pub use self::builder::Builder;
#[cfg(all(feature = "command", target_os = "linux"))]
pub(crate) use self::programs::Programs;
use self::queue::{Ended, Queue};
pub use self::record::{Outcome, Record};
pub use self::reference::{Reference, ReferenceSource};
pub use self::shape::{Form, Kind, Shape};
pub use self::sink::MemoryLog;
use self::state::{Flush, State, complain};
#[cfg(all(feature = "cli", feature = "http"))]
pub(crate) use self::time::date_and_time;
use crate::input::Violations;

/// Target of the `tracing` events that audit records become: `INFO` for served calls, `WARN` for all
/// others. The thread that emits them has no subscriber of its own, so it is the global one that
/// receives them.
pub const TARGET: &str = "secure_tool::audit";

/// How long the last handle waits for its thread.
const GOODBYE: Duration = Duration::from_secs(1);

/// A handle to the audit log. Cloning it is cheap; all clones share one queue and one thread.
///
/// When the last handle is dropped, it waits until the thread has written what is queued, but not
/// longer than a second, and complains at target `secure_tool` if that was not enough. A server that
/// wants to know awaits [`Audit::flush`] first.
#[derive(Clone, Debug)]
pub struct Audit {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    queue: Arc<Queue>,
    worker: WorkerHandle,
}

impl Audit {
    /// Settings of a new audit log.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// An audit log in memory, for tests, and the records it keeps: at most `capacity`, after which
    /// calls are refused. Events are emitted as well.
    ///
    /// # Panics
    ///
    /// If the system cannot start a thread.
    #[must_use]
    pub fn memory(capacity: usize) -> (Self, MemoryLog) {
        let (log, sink) = MemoryLog::new(capacity);
        let audit =
            Builder::default().start_with(Box::new(sink)).expect("a test can start a thread");
        (audit, log)
    }

    /// Reserves the room for the record of one call. Usually at once; if the queue is full, it waits
    /// for room, which slows calls down to the speed at which records are written.
    ///
    /// The slot has to be [closed](Slot::close). One that is dropped instead gives its room back and
    /// records nothing.
    ///
    /// # Errors
    ///
    /// [`AuditDown`] while records cannot be written: refuse the call.
    pub async fn open(&self) -> Result<Slot<'_>, AuditDown> {
        if !self.shared.worker.state.is_healthy() {
            return Err(AuditDown);
        }
        match self.shared.queue.try_reserve() {
            Ok(room) => Ok(self.slot(room)),
            Err(TryAcquireError::Closed) => Err(AuditDown),
            Err(TryAcquireError::NoPermits) => self.wait_for_room().await,
        }
    }

    async fn wait_for_room(&self) -> Result<Slot<'_>, AuditDown> {
        let worker = &self.shared.worker;
        // Made before the check, so that trouble between the two is not missed.
        let trouble = worker.state.trouble_begins().notified();
        if !worker.state.is_healthy() {
            return Err(AuditDown);
        }
        worker.thread.unpark();
        tokio::select! {
            room = self.shared.queue.reserve(1) => room.map(|room| self.slot(room)).map_err(|_| AuditDown),
            () = trouble => Err(AuditDown),
        }
    }

    fn slot<'a>(&'a self, room: SemaphorePermit<'a>) -> Slot<'a> {
        Slot { queue: &self.shared.queue, room }
    }

    /// Whether calls can be recorded at the moment; for health checks.
    #[must_use]
    pub fn is_healthy(&self) -> bool {
        self.shared.worker.state.is_healthy() && !self.shared.queue.is_closed()
    }

    /// Records that wait or are to come, and how many can.
    #[cfg(feature = "metrics")]
    pub(crate) fn occupancy(&self) -> (usize, usize) {
        self.shared.queue.occupancy()
    }

    /// Waits until no slot is open and every record is written. Slots that are asked for meanwhile
    /// wait, so this is for the end of a server.
    pub(crate) async fn all_closed(&self) {
        let queue = &self.shared.queue;
        self.shared.worker.thread.unpark();
        // An error says that the thread has failed: it makes events of what is left, and a flush will
        // say that nothing is written.
        let _ = queue.reserve(queue.capacity()).await;
    }

    /// Waits until every record that was closed before is written: handed to the operating system,
    /// that is, which keeps it if the process dies and not if the power fails.
    ///
    /// # Errors
    ///
    /// [`AuditDown`] if that is not possible now. The records are kept, and tried again.
    pub async fn flush(&self) -> Result<(), AuditDown> {
        let (done, flushed) = oneshot::channel();
        self.want_flush(Box::new(move || {
            // Whoever asked may have stopped waiting.
            let _ = done.send(());
        }))?;
        flushed.await.map_err(|_| AuditDown)
    }

    /// Like [`Audit::flush`], for code that is not asynchronous. Waits for `timeout` at most.
    ///
    /// # Errors
    ///
    /// [`AuditDown`] if records cannot be written now, or not in this time.
    pub fn flush_blocking(&self, timeout: Duration) -> Result<(), AuditDown> {
        let (done, flushed) = std_mpsc::sync_channel(1);
        self.want_flush(Box::new(move || {
            let _ = done.send(());
        }))?;
        flushed.recv_timeout(timeout).map_err(|_| AuditDown)
    }

    fn want_flush(&self, flush: Flush) -> Result<(), AuditDown> {
        let worker = &self.shared.worker;
        if !worker.state.want_flush(flush) {
            return Err(AuditDown);
        }
        worker.thread.unpark();
        Ok(())
    }
}

/// Room for the record of one call; made by [`Audit::open`].
#[derive(Debug)]
#[must_use = "a call whose slot is not closed leaves no record"]
pub struct Slot<'a> {
    queue: &'a Queue,
    room: SemaphorePermit<'a>,
}

impl Slot<'_> {
    /// Hands the record over, for a call that ends now: that is the [time](Record::time) it gets.
    /// Neither waits nor fails, so it can be called in a `Drop`.
    pub fn close(self, record: Record) {
        self.close_at(Instant::now(), record, None);
    }

    /// As [`Slot::close`], where the clock was read already. If there are violations, they are the
    /// cause of the record.
    pub(crate) fn close_at(self, ended: Instant, record: Record, violations: Option<Violations>) {
        self.queue.push(self.room, Ended { at: ended, record, violations });
    }
}

/// The audit log cannot take records, so no call may be served (checklist: Failures are
/// fail-secure). Why, is said in the operator's log at target `secure_tool`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuditDown;

impl fmt::Display for AuditDown {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("audit records cannot be written")
    }
}

impl Error for AuditDown {}

impl Drop for Shared {
    fn drop(&mut self) {
        self.queue.abandon();
        self.worker.say_goodbye();
    }
}

#[derive(Debug)]
struct WorkerHandle {
    thread: Thread,
    state: Arc<State>,
}

impl WorkerHandle {
    fn say_goodbye(&self) {
        self.thread.unpark();
        if !self.state.wait_for_end(GOODBYE) {
            complain(|| {
                tracing::error!(target: "secure_tool", "audit records are not all written yet; they are lost if the process ends now");
            });
        }
    }
}

#[cfg(test)]
mod tests;
