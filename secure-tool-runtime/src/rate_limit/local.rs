//! Limits kept in this process: [`governor`] over a store of fixed capacity.

mod clock;
#[cfg(feature = "http")]
mod failures;
mod store;

use std::error::Error;
use std::fmt;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use governor::clock::Clock as _;
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::{Quota, RateLimiter};

use self::clock::{Clock, Time};
use self::store::{SharedStore, Store};
use super::Rate;

#[cfg(feature = "http")]
pub(crate) use self::failures::Failures;

/// The store that all limiters of a server share. Cloning gives another handle to the same store.
///
/// It holds at most as many callers (per tool) as it was made for, and that memory, 40 to 80 bytes
/// each, is taken at the start. When it is full, callers whose limit has fully recovered are
/// forgotten, which changes nothing for them; if there are none, **new** callers are refused and
/// known ones served as before. Keys are spread over 16 shards, so a store is full for a new key when
/// its shard is.
#[derive(Clone, Debug)]
pub struct RateLimits {
    store: Arc<Store>,
    time: Time,
}

impl RateLimits {
    /// A store for about `capacity` callers that have called lately, counted once per tool. It is
    /// rounded up to a multiple of 16.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        Self::with_time(capacity, Time::real())
    }

    fn with_time(capacity: usize, time: Time) -> Self {
        Self { store: Arc::new(Store::new(capacity, time.clone())), time }
    }

    /// A limiter for one tool. Its state is in this store: two limiters that are given the same key
    /// share that key's state, so let [`Keys`](super::Keys) tell the tools apart.
    #[must_use]
    pub fn limiter(&self, rate: Rate) -> Limiter {
        let clock = Clock::default();
        let limiter = RateLimiter::new(quota(rate), SharedStore(Arc::clone(&self.store)), clock);
        limiter.clock().start(self.time.clone());
        Limiter {
            limiter,
            #[cfg(any(feature = "http", feature = "redis"))]
            store: Arc::clone(&self.store),
            rate,
        }
    }

    /// How full the store is, for metrics. Locks one shard after the other.
    #[must_use]
    pub fn occupancy(&self) -> Occupancy {
        self.store.occupancy()
    }
}

/// How full a [`RateLimits`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Occupancy {
    /// Callers held, counted once per tool.
    pub used: usize,
    /// The most that it can hold.
    pub capacity: usize,
}

/// The limit of one tool; made by [`RateLimits::limiter`].
pub struct Limiter {
    limiter: RateLimiter<u64, SharedStore, Clock, NoOpMiddleware<Nanos>>,
    #[cfg(any(feature = "http", feature = "redis"))]
    store: Arc<Store>,
    rate: Rate,
}

impl Limiter {
    /// Admits one call of this key, or refuses it. A refused call costs the caller nothing.
    ///
    /// `key` comes from [`Keys`](super::Keys): it has to be a hash that callers cannot steer.
    ///
    /// # Errors
    ///
    /// [`Exceeded`] if the key has used up its rate, or if it is new and the store is full.
    pub fn check(&self, key: u64) -> Result<(), Exceeded> {
        self.limiter.check_key(&key).map_err(|not_until| {
            let wait = not_until.wait_time_from(self.limiter.clock().now());
            // A full store answers "in centuries"; its room does come back sooner.
            Exceeded { retry_after: wait.min(self.rate.window()) }
        })
    }

    /// Takes back one call that was admitted. Never more than what was counted is to be had: a key
    /// that has recovered fully has its burst and no more.
    #[cfg(any(feature = "http", feature = "redis"))]
    pub(crate) fn give_back(&self, key: u64) {
        self.store.advance(key, self.rate.interval().into());
    }

    /// As [`Limiter::check`], without counting the call.
    ///
    /// # Errors
    ///
    /// [`Exceeded`] if [`Limiter::check`] would have refused. A new key is not refused here, even if
    /// the store is full.
    #[cfg(any(feature = "redis", feature = "tls"))]
    pub(crate) fn peek(&self, key: u64) -> Result<(), Exceeded> {
        let Some(arrival) = self.store.known_arrival(key) else { return Ok(()) };
        let ahead = Duration::from(arrival.saturating_sub(self.limiter.clock().now()));
        let retry_after = (ahead + self.rate.interval()).saturating_sub(self.rate.window());
        if retry_after.is_zero() { Ok(()) } else { Err(Exceeded { retry_after }) }
    }

    /// The rate that this limiter enforces.
    #[must_use]
    pub fn rate(&self) -> Rate {
        self.rate
    }
}

impl fmt::Debug for Limiter {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Limiter").field("rate", &self.rate).finish_non_exhaustive()
    }
}

/// A call refused because its caller called too often, or because too many others did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exceeded {
    /// How long to wait before a call can be admitted; never more than [`Rate::window`]. For a
    /// known caller it is exact; when the store is full it is a guess, the window itself.
    pub retry_after: Duration,
}

impl fmt::Display for Exceeded {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let millis = self.retry_after.as_nanos().div_ceil(1_000_000);
        write!(out, "rate limit exceeded, retry in {}.{:03} s", millis / 1000, millis % 1000)
    }
}

impl Error for Exceeded {}

fn quota(rate: Rate) -> Quota {
    let burst = NonZeroU32::new(rate.burst()).expect("`Rate::new` refuses a burst of zero");
    Quota::with_period(rate.interval())
        .expect("`Rate::new` keeps the interval above a microsecond")
        .allow_burst(burst)
}

#[cfg(test)]
mod tests;
