//! The store of one instance: nothing is shared, and all of it is forgotten when the process ends.

use std::future::ready;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::time::Instant as Now;

use super::expiring::Expiring;
use super::{Answer, Keep, Key, Limit, Outage, Revoked, Store};
use crate::handles::Keeper;
use crate::rate_limit::{Exceeded, RateLimits};

/// State in the memory of this process: for one instance, and for tests. Calls of tools are counted
/// in memory anyway; this is for what else a [`SharedState`](super::SharedState) keeps.
#[derive(Debug)]
pub struct Memory {
    limits: RateLimits,
    marked: Expiring,
    revoked: Expiring,
    /// Of the list of what is revoked.
    version: AtomicU64,
    kept: Keeper<Key>,
}

impl Memory {
    /// Room for so many limited callers, and as many marked keys, revocations and values. When it is used
    /// up, new ones are refused.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        Memory {
            limits: RateLimits::new(capacity),
            marked: Expiring::new(capacity),
            revoked: Expiring::new(capacity),
            version: AtomicU64::new(0),
            kept: Keeper::new(capacity),
        }
    }

    fn each(
        &self,
        limits: &[Limit],
        check: impl Fn(crate::rate_limit::Limiter, u64) -> Result<(), Exceeded>,
    ) -> Result<(), Exceeded> {
        limits.iter().try_for_each(|limit| {
            let [a, b, c, d, e, f, g, h, ..] = *limit.key.bytes();
            check(self.limits.limiter(limit.rate), u64::from_be_bytes([a, b, c, d, e, f, g, h]))
        })
    }
}

impl Store for Memory {
    fn admit<'a>(&'a self, limits: &'a [Limit]) -> Answer<'a, Result<(), Exceeded>> {
        // A call at the same time may come between the two: then a limit is charged for nothing.
        let checked = self
            .each(limits, |limiter, key| limiter.peek(key))
            .and_then(|()| self.each(limits, |limiter, key| limiter.check(key)));
        Box::pin(ready(Ok(checked)))
    }

    fn would_admit<'a>(&'a self, limits: &'a [Limit]) -> Answer<'a, Result<(), Exceeded>> {
        Box::pin(ready(Ok(self.each(limits, |limiter, key| limiter.peek(key)))))
    }

    fn give_back<'a>(&'a self, limits: &'a [Limit]) -> Answer<'a, ()> {
        // Infallible.
        let _ = self.each(limits, |limiter, key| {
            limiter.give_back(key);
            Ok(())
        });
        Box::pin(ready(Ok(())))
    }

    fn mark(&self, key: Key, keep: Duration) -> Answer<'_, bool> {
        Box::pin(ready(self.marked.mark(key, Instant::now(), keep)))
    }

    fn revoke(&self, key: Key, keep: Duration) -> Answer<'_, ()> {
        let marked = self.revoked.mark(key, Instant::now(), keep);
        // After it is there: who sees the new version sees it, too.
        self.version.fetch_add(1, Ordering::SeqCst);
        Box::pin(ready(marked.map(|_| ())))
    }

    fn revoked(&self, unless: u64) -> Answer<'_, Option<Revoked>> {
        let version = self.version.load(Ordering::SeqCst);
        let list = || Revoked { version, keys: self.revoked.left(Instant::now()) };
        Box::pin(ready(Ok((version != unless).then(list))))
    }

    fn keep(&self, keep: Keep) -> Answer<'_, bool> {
        let Keep { owner, key, value, lifetime, most } = keep;
        let kept = self.kept.keep(owner, key, value, Now::now(), lifetime, most);
        Box::pin(ready(kept.map_err(|error| Outage::new(error.to_string()))))
    }

    fn kept(&self, key: Key) -> Answer<'_, Option<Vec<u8>>> {
        Box::pin(ready(Ok(self.kept.kept(&key, Now::now()))))
    }

    fn replace(&self, key: Key, value: Vec<u8>) -> Answer<'_, bool> {
        Box::pin(ready(Ok(self.kept.replace(&key, value, Now::now()))))
    }

    fn take(&self, _owner: Key, key: Key) -> Answer<'_, Option<Vec<u8>>> {
        Box::pin(ready(Ok(self.kept.take(&key, Now::now()))))
    }
}
