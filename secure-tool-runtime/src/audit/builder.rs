//! Settings of an audit log.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use tokio::sync::Semaphore;

use super::file::{RotatedFile, Rotation};
use super::queue::Queue;
use super::sink::{FileSink, NoSink, Sink};
use super::state::State;
use super::worker::{LAST_TRIES, Worker};
use super::{Audit, Shared, WorkerHandle};

/// The most records that a queue can hold: what its semaphore can count, which is less than 2^32 on
/// systems of 32 bits.
const MOST: u32 = if Semaphore::MAX_PERMITS < u32::MAX as usize {
    Semaphore::MAX_PERMITS as u32
} else {
    u32::MAX
};

/// Settings of an audit log; made by [`Audit::builder`].
#[derive(Clone, Debug)]
#[must_use = "nothing is recorded before `start`"]
pub struct Builder {
    file: Option<PathBuf>,
    rotate_at: u64,
    keep: usize,
    queue: usize,
    retry: Duration,
}

impl Default for Builder {
    /// No file; rotation at 10 MB, five old files (checklist: Logs are retained appropriately).
    fn default() -> Self {
        Self {
            file: None,
            rotate_at: 10_000_000,
            keep: 5,
            queue: 4096,
            retry: Duration::from_secs(1),
        }
    }
}

impl Builder {
    /// Writes records to this file as well, a JSON object a line.
    ///
    /// It is appended to; if it is created, only its owner may read it (unix). Its directory has to
    /// exist and to be writable, for rotation. A file takes the records of one process: a second one is refused with `WouldBlock`.
    pub fn file(mut self, path: impl Into<PathBuf>) -> Self {
        self.file = Some(path.into());
        self
    }

    /// The size at which the file is rotated, in bytes: 10 000 000 unless set, 4096 at least. A
    /// file grows larger only if a single line is.
    pub fn rotate_at(mut self, bytes: u64) -> Self {
        self.rotate_at = bytes;
        self
    }

    /// How many old files are kept, beside the current one: 5 unless set, 1 at least. They are called
    /// like the file with `.1`, the latest, to `.5`.
    pub fn keep(mut self, files: usize) -> Self {
        self.keep = files;
        self
    }

    /// Records that wait to be written before calls have to: 4096 unless set, 1 at least.
    ///
    /// There are two lists, one being filled while the other is written: about 750 bytes a record, and what
    /// a refusal says about arguments. The memory for 4096 of them is taken at the start.
    pub fn queue(mut self, records: usize) -> Self {
        self.queue = records;
        self
    }

    /// Opens the file and starts the thread.
    ///
    /// # Errors
    ///
    /// If a setting is out of its range, the file cannot be opened, or the thread cannot be
    /// started.
    pub fn start(self) -> io::Result<Audit> {
        let sink: Box<dyn Sink> = match &self.file {
            Some(path) => {
                let rotation =
                    Rotation { path: path.clone(), limit: self.rotate_at, keep: self.keep };
                self.check()?;
                Box::new(FileSink::new(RotatedFile::open(rotation)?))
            }
            None => Box::new(NoSink),
        };
        self.start_with(sink)
    }

    pub(super) fn start_with(self, sink: Box<dyn Sink>) -> io::Result<Audit> {
        let capacity = self.check()?;
        let queue = Arc::new(Queue::new(capacity));
        let state = Arc::new(State::default());
        let worker = Worker {
            queue: Arc::clone(&queue),
            taken: Queue::list_for(queue.capacity()),
            owed: 0,
            sink,
            state: Arc::clone(&state),
            retry: self.retry,
            tries_left: LAST_TRIES,
        };
        let thread =
            thread::Builder::new().name("secure-tool-audit".into()).spawn(|| worker.run())?;
        let worker = WorkerHandle { thread: thread.thread().clone(), state };
        Ok(Audit { shared: Arc::new(Shared { queue, worker }) })
    }

    /// Tests do not wait for a second.
    #[cfg(test)]
    pub(super) fn retry(mut self, retry: Duration) -> Self {
        self.retry = retry;
        self
    }

    /// The capacity of the queue, if all settings are in their range.
    fn check(&self) -> io::Result<u32> {
        let capacity = u32::try_from(self.queue).ok().filter(|queue| (1..=MOST).contains(queue));
        let wrong = if self.rotate_at < 4096 {
            "an audit file is rotated at 4096 bytes or more"
        } else if self.keep == 0 {
            "at least one old audit file is kept"
        } else if let Some(capacity) = capacity {
            return Ok(capacity);
        } else {
            let wrong = format!("the audit queue holds 1 to {MOST} records");
            return Err(io::Error::new(io::ErrorKind::InvalidInput, wrong));
        };
        Err(io::Error::new(io::ErrorKind::InvalidInput, wrong))
    }
}
