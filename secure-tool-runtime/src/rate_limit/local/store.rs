//! The store: fixed capacity, never forgets a limit that still counts.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use governor::nanos::Nanos;
use governor::state::StateStore;

use super::Occupancy;
use super::clock::Time;

/// Locks that callers are spread over. A power of two.
const SHARDS: usize = 16;

/// The shortest time between two sweeps of a shard, in nanoseconds: 0.1 s. A flood makes every call
/// of a new key look for room, and a sweep reads the whole shard.
const SWEEP_EVERY: u64 = 100_000_000;

/// A theoretical arrival time that no call ever reaches.
const NEVER: Nanos = Nanos::new(u64::MAX);

/// States of all limiters: for each key the time, counted from the epoch, at which it will have
/// recovered fully (GCRA's theoretical arrival time).
#[derive(Debug)]
pub(super) struct Store {
    shards: [Mutex<Shard>; SHARDS],
    per_shard: usize,
    time: Time,
}

/// Alone on its cache lines, so that threads at work in different shards do not disturb one another.
#[derive(Debug)]
#[repr(align(128))]
struct Shard {
    arrivals: HashMap<u64, u64, BuildHasherDefault<AsIs>>,
    /// When it was last swept, in nanoseconds since the epoch.
    swept: Option<u64>,
}

impl Store {
    pub(super) fn new(capacity: usize, time: Time) -> Self {
        let per_shard = capacity.div_ceil(SHARDS).max(1);
        Self { shards: std::array::from_fn(|_| Mutex::new(Shard::new(per_shard))), per_shard, time }
    }

    pub(super) fn occupancy(&self) -> Occupancy {
        let used = self.shards.iter().map(|shard| lock(shard).arrivals.len()).sum();
        Occupancy { used, capacity: self.per_shard * SHARDS }
    }

    /// Lets a key recover sooner, by that much.
    #[cfg(any(feature = "http", feature = "redis"))]
    pub(super) fn advance(&self, key: u64, by: Nanos) {
        if let Some(arrival) = self.shard(key).arrivals.get_mut(&key) {
            *arrival = arrival.saturating_sub(by.as_u64());
        }
    }

    /// When a key will have recovered fully, if it is known.
    #[cfg(any(feature = "redis", feature = "tls"))]
    pub(super) fn known_arrival(&self, key: u64) -> Option<Nanos> {
        self.shard(key).arrivals.get(&key).map(|arrival| Nanos::new(*arrival))
    }

    fn shard(&self, key: u64) -> MutexGuard<'_, Shard> {
        // The map within takes the lowest bits for the bucket and the highest for the tag.
        let index = (key >> 40) as usize % SHARDS;
        lock(&self.shards[index])
    }

    /// Of the largest map. Removals lower it for a while, only growth can raise it.
    #[cfg(test)]
    pub(super) fn map_capacity(&self) -> usize {
        self.shards.iter().map(|shard| lock(shard).arrivals.capacity()).max().unwrap()
    }

    #[cfg(test)]
    pub(super) fn poison(&self, key: u64) {
        let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let _guard = self.shard(key);
            panic!("poison");
        }));
    }
}

impl Shard {
    fn new(room: usize) -> Self {
        // Twice the room: a map whose removed entries have left marks behind cleans itself up in
        // place while it is at most half full, and would grow if it were fuller.
        Self {
            arrivals: HashMap::with_capacity_and_hasher(room * 2, BuildHasherDefault::default()),
            swept: None,
        }
    }

    /// Whether one more key fits, after forgetting those that have recovered: for governor, an
    /// arrival in the past and no arrival at all are the same.
    fn has_room(&mut self, room: usize, time: &Time) -> bool {
        if self.arrivals.len() < room {
            return true;
        }
        let now = time.now().as_u64();
        if self.swept.is_some_and(|last| now.saturating_sub(last) < SWEEP_EVERY) {
            return false;
        }
        self.swept = Some(now);
        self.arrivals.retain(|_, arrival| *arrival > now);
        self.arrivals.len() < room
    }
}

/// A panic cannot leave a shard half changed: keys and values are plain numbers, the hasher does not
/// panic, and governor's closure runs before anything is written. So the lock is taken back;
/// refusing instead would turn one panic into an outage for every sixteenth caller.
fn lock(shard: &Mutex<Shard>) -> MutexGuard<'_, Shard> {
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The store as governor wants it.
pub(super) struct SharedStore(pub(super) Arc<Store>);

impl StateStore for SharedStore {
    type Key = u64;

    fn measure_and_replace<T, F, E>(&self, key: &u64, decide: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        let store = &*self.0;
        let mut shard = store.shard(*key);
        // Not `entry`: it makes room before anyone has asked whether there is to be any.
        if let Some(known) = shard.arrivals.get_mut(key) {
            let (admitted, arrival) = decide(Some(Nanos::new(*known)))?;
            *known = arrival.as_u64();
            return Ok(admitted);
        }
        if !shard.has_room(store.per_shard, &store.time) {
            // Only governor can make its refusal. It refuses, because NEVER lies beyond any burst
            // that a `Rate` can have.
            return decide(Some(NEVER)).map(|(admitted, _)| admitted);
        }
        let (admitted, arrival) = decide(None)?;
        shard.arrivals.insert(*key, arrival.as_u64());
        Ok(admitted)
    }
}

/// Keys are keyed hashes already; hashing them again would only cost time.
#[derive(Default)]
struct AsIs(u64);

impl Hasher for AsIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write_u64(&mut self, key: u64) {
        self.0 = key;
    }

    fn write(&mut self, bytes: &[u8]) {
        // Never called for `u64`; correct all the same.
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }
}
