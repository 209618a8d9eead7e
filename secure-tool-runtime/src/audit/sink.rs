//! Where records are kept: a file, or memory.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::Record;
use super::file::RotatedFile;
use super::line;
use super::time::Stamp;

/// Keeps records. It takes them without fail and commits them later, again and again until that
/// succeeds, so a failure costs time and no record.
pub(super) trait Sink: Send {
    /// Takes a record, to be committed.
    fn take(&mut self, record: Record);

    /// Puts what was taken to where it belongs. After an error it holds what is not there yet.
    fn commit(&mut self) -> io::Result<()>;
}

/// Lines of JSON in a rotated file.
pub(super) struct FileSink {
    file: RotatedFile,
    lines: Vec<u8>,
    stamp: Stamp,
}

impl FileSink {
    pub(super) fn new(file: RotatedFile) -> Self {
        Self { file, lines: Vec::new(), stamp: Stamp::default() }
    }
}

impl Sink for FileSink {
    fn take(&mut self, record: Record) {
        line::write(&mut self.lines, &record, &mut self.stamp);
    }

    fn commit(&mut self) -> io::Result<()> {
        self.file.append(&mut self.lines)
    }
}

/// For a server whose only log is `tracing`.
pub(super) struct NoSink;

impl Sink for NoSink {
    fn take(&mut self, _record: Record) {}

    fn commit(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The records that an [`Audit::memory`](super::Audit::memory) keeps; for tests.
///
/// It behaves like a disk: when it is full, calls are refused until room is made with
/// [`MemoryLog::take`].
#[derive(Clone, Debug)]
pub struct MemoryLog {
    records: Arc<Mutex<Vec<Record>>>,
    capacity: usize,
}

impl MemoryLog {
    /// A copy of the records so far, in the order in which their calls ended. Records arrive a moment
    /// after their calls end; [`Audit::flush`](super::Audit::flush) waits for them.
    #[must_use]
    pub fn records(&self) -> Vec<Record> {
        self.lock().clone()
    }

    /// The records so far, which are removed.
    #[must_use]
    pub fn take(&self) -> Vec<Record> {
        std::mem::take(&mut *self.lock())
    }

    pub(super) fn new(capacity: usize) -> (Self, MemorySink) {
        let log = Self { records: Arc::default(), capacity };
        (log.clone(), MemorySink { log, taken: VecDeque::new() })
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Record>> {
        // Nothing that can panic happens under the lock, except for a lack of memory.
        self.records.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(super) struct MemorySink {
    log: MemoryLog,
    taken: VecDeque<Record>,
}

impl Sink for MemorySink {
    fn take(&mut self, record: Record) {
        self.taken.push_back(record);
    }

    fn commit(&mut self) -> io::Result<()> {
        let mut records = self.log.lock();
        let room = self.log.capacity.saturating_sub(records.len()).min(self.taken.len());
        records.extend(self.taken.drain(..room));
        if self.taken.is_empty() { Ok(()) } else { Err(io::ErrorKind::StorageFull.into()) }
    }
}
