//! The queue of records: calls reserve room in it, and the thread takes all that is there at once.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{self, Thread};
use std::time::Instant;

use tokio::sync::{AcquireError, Semaphore, SemaphorePermit, TryAcquireError};

use super::Record;
use crate::input::Violations;

/// Records for which memory is taken at the start.
const AT_ONCE: u32 = 4096;

/// A record whose call has ended. The thread makes a date of the moment.
pub(super) struct Ended {
    pub(super) at: Instant,
    pub(super) record: Record,
    /// What was wrong with the arguments: the thread makes the cause of it.
    pub(super) violations: Option<Violations>,
}

/// Holds no more records than there is room for, counting those that the thread has taken and not
/// written yet, and those that are still to come.
pub(super) struct Queue {
    room: Semaphore,
    capacity: u32,
    list: Mutex<List>,
}

#[derive(Default)]
struct List {
    ended: VecDeque<Ended>,
    /// The thread, while it has to be woken for the next record.
    sleeper: Option<Thread>,
    /// The last handle is gone.
    abandoned: bool,
}

impl Queue {
    pub(super) fn new(capacity: u32) -> Self {
        let list = List { ended: Self::list_for(capacity), ..List::default() };
        Self { room: Semaphore::new(capacity as usize), capacity, list: Mutex::new(list) }
    }

    /// An empty list that need not grow while calls wait, unless the queue is huge.
    pub(super) fn list_for(capacity: u32) -> VecDeque<Ended> {
        VecDeque::with_capacity(capacity.min(AT_ONCE) as usize)
    }

    pub(super) fn capacity(&self) -> u32 {
        self.capacity
    }

    /// Records that there is no room for any more, and how many there was room for.
    #[cfg(feature = "metrics")]
    pub(super) fn occupancy(&self) -> (usize, usize) {
        let capacity = self.capacity as usize;
        (capacity.saturating_sub(self.room.available_permits()), capacity)
    }

    /// Room for one record, if there is some.
    pub(super) fn try_reserve(&self) -> Result<SemaphorePermit<'_>, TryAcquireError> {
        self.room.try_acquire()
    }

    /// Room for so many records, as soon as there is some.
    pub(super) async fn reserve(&self, many: u32) -> Result<SemaphorePermit<'_>, AcquireError> {
        self.room.acquire_many(many).await
    }

    /// Adds a record. It keeps its room until the thread [frees](Queue::free) it.
    pub(super) fn push(&self, room: SemaphorePermit<'_>, ended: Ended) {
        room.forget();
        let mut list = self.list();
        list.ended.push_back(ended);
        let sleeper = list.sleeper.take();
        drop(list);
        if let Some(thread) = sleeper {
            thread.unpark();
        }
    }

    /// All records there are, in exchange for an empty list.
    pub(super) fn take(&self, taken: &mut VecDeque<Ended>) {
        debug_assert!(taken.is_empty());
        // From the beginning again: a ring that goes round takes all of its memory, however few records it
        // holds at a time, and always the part that has been out of the caches for longest.
        taken.clear();
        std::mem::swap(&mut self.list().ended, taken);
    }

    /// Gives the room of records back that are out of the way.
    pub(super) fn free(&self, records: usize) {
        self.room.add_permits(records);
    }

    /// Has this thread woken by the next record. False if there is one already, or never will be.
    pub(super) fn wake_me(&self) -> bool {
        let mut list = self.list();
        let waits = list.ended.is_empty() && !list.abandoned;
        list.sleeper = waits.then(thread::current);
        waits
    }

    /// Says that the last handle is gone.
    pub(super) fn abandon(&self) {
        self.list().abandoned = true;
    }

    pub(super) fn is_abandoned(&self) -> bool {
        self.list().abandoned
    }

    /// Gives no more room.
    pub(super) fn close(&self) {
        self.room.close();
    }

    pub(super) fn is_closed(&self) -> bool {
        self.room.is_closed()
    }

    /// True if there is no record, and no room from which one may come.
    pub(super) fn is_idle(&self) -> bool {
        self.room.available_permits() == self.capacity as usize
    }

    fn list(&self) -> MutexGuard<'_, List> {
        // Nothing that can panic happens under the lock, except for a lack of memory.
        self.list.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Queue {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Queue").field("capacity", &self.capacity).finish_non_exhaustive()
    }
}
