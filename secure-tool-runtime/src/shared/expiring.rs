//! Keys that are remembered for a while, in fixed room.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::{Key, Outage};

/// Marked keys. When there is no room, new ones are refused: forgetting one would make its nonce good
/// again.
#[derive(Debug)]
pub(super) struct Expiring {
    until: Mutex<HashMap<Key, Instant>>,
    capacity: usize,
}

impl Expiring {
    pub(super) fn new(capacity: usize) -> Self {
        Expiring { until: Mutex::default(), capacity }
    }

    /// True if the key was not marked. It is until `now` and `keep` are over, and longer if it was
    /// marked for longer.
    pub(super) fn mark(&self, key: Key, now: Instant, keep: Duration) -> Result<bool, Outage> {
        let end = now.checked_add(keep).ok_or_else(|| Outage::new("the time is too long"))?;
        let mut until = self.lock();
        if let Some(earlier) = until.get_mut(&key) {
            let first = *earlier <= now;
            *earlier = end.max(*earlier);
            return Ok(first);
        }
        if until.len() >= self.capacity {
            until.retain(|_, end| *end > now);
        }
        if until.len() >= self.capacity {
            return Err(Outage::new("there is no room for more keys"));
        }
        until.insert(key, end);
        Ok(true)
    }

    /// The marked keys, and for how long they are still.
    pub(super) fn left(&self, now: Instant) -> Vec<(Key, Duration)> {
        let until = self.lock();
        let left = until.iter().map(|(key, end)| (*key, end.saturating_duration_since(now)));
        left.filter(|(_, left)| !left.is_zero()).collect()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Key, Instant>> {
        // Times are replaced as a whole: never half changed.
        self.until.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
