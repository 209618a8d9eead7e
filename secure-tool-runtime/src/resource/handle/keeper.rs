//! Values in memory, for a while, so many in all and so many for each owner.

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::HandleError;

/// Never forgets what has not ended: when there is no room, new values are refused.
pub(crate) struct Keeper<K> {
    inner: Mutex<Inner<K>>,
    capacity: usize,
}

struct Inner<K> {
    values: HashMap<K, Kept<K>>,
    /// In the order in which they end.
    ends: BTreeSet<(Instant, K)>,
    /// How many each owner has.
    owners: HashMap<K, usize>,
}

struct Kept<K> {
    owner: K,
    value: Vec<u8>,
    until: Instant,
}

impl<K: Copy + Eq + Hash + Ord> Keeper<K> {
    pub(crate) fn new(capacity: usize) -> Self {
        let (values, ends, owners) = Default::default();
        Keeper { inner: Mutex::new(Inner { values, ends, owners }), capacity }
    }

    /// False if the owner has as many as anybody may.
    pub(crate) fn keep(
        &self,
        owner: K,
        key: K,
        value: Vec<u8>,
        now: Instant,
        lifetime: Duration,
        most: usize,
    ) -> Result<bool, HandleError> {
        let until = now
            .checked_add(lifetime)
            .ok_or_else(|| HandleError::Storage("the lifetime is too long".into()))?;
        let mut inner = self.lock();
        inner.end(now);
        if inner.owners.get(&owner).is_some_and(|count| *count >= most) || most == 0 {
            return Ok(false);
        }
        if inner.values.len() >= self.capacity {
            return Err(HandleError::Full);
        }
        inner.remove(&key);
        inner.values.insert(key, Kept { owner, value, until });
        inner.ends.insert((until, key));
        *inner.owners.entry(owner).or_default() += 1;
        Ok(true)
    }

    pub(crate) fn kept(&self, key: &K, now: Instant) -> Option<Vec<u8>> {
        let inner = self.lock();
        let kept = inner.values.get(key).filter(|kept| kept.until > now)?;
        Some(kept.value.clone())
    }

    /// False if there is none.
    pub(crate) fn replace(&self, key: &K, value: Vec<u8>, now: Instant) -> bool {
        let mut inner = self.lock();
        let kept = inner.values.get_mut(key).filter(|kept| kept.until > now);
        kept.map(|kept| kept.value = value).is_some()
    }

    pub(crate) fn take(&self, key: &K, now: Instant) -> Option<Vec<u8>> {
        let taken = self.lock().remove(key)?;
        (taken.until > now).then_some(taken.value)
    }

    fn lock(&self) -> MutexGuard<'_, Inner<K>> {
        // The three are changed together, by code that does not panic in between.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Copy + Eq + Hash + Ord> Inner<K> {
    /// Forgets what has ended.
    fn end(&mut self, now: Instant) {
        while let Some((_, key)) = self.ends.first().copied().filter(|(until, _)| *until <= now) {
            self.remove(&key);
        }
    }

    fn remove(&mut self, key: &K) -> Option<Kept<K>> {
        let kept = self.values.remove(key)?;
        self.ends.remove(&(kept.until, *key));
        if let Some(count) = self.owners.get_mut(&kept.owner) {
            *count -= 1;
            if *count == 0 {
                self.owners.remove(&kept.owner);
            }
        }
        Some(kept)
    }
}

/// Nothing of what is kept.
impl<K> fmt::Debug for Keeper<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keeper").field("capacity", &self.capacity).finish_non_exhaustive()
    }
}
