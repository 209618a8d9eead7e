//! A limit on what goes wrong: it can be looked at without being used up.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use governor::RateLimiter;
use governor::clock::Clock as _;
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::StateStore;

use super::clock::Clock;
use super::store::Store;
use super::{Limiter, RateLimits, quota};
use crate::rate_limit::key::{Hashed, Keys};
use crate::rate_limit::rate::Rate;

/// Addresses whose failures are remembered at the same time; half a mebibyte.
const CAPACITY: usize = 1 << 14;

/// Counts failures, and says whether somebody may try at all. In a store of its own, which strangers
/// can fill without touching the limits of callers.
pub(crate) struct Failures {
    counted: Limiter,
    looked_at: RateLimiter<u64, ReadOnly, Clock, NoOpMiddleware<Nanos>>,
    keys: Keys,
}

impl Failures {
    pub(crate) fn new(rate: Rate) -> Self {
        Self::within(&RateLimits::new(CAPACITY), rate)
    }

    fn within(limits: &RateLimits, rate: Rate) -> Self {
        let store = ReadOnly(Arc::clone(&limits.store));
        let looked_at = RateLimiter::new(quota(rate), store, Clock::default());
        looked_at.clock().start(limits.time.clone());
        Failures { counted: limits.limiter(rate), looked_at, keys: Keys::new() }
    }

    /// Counts a failure.
    ///
    /// # Errors
    /// How long nothing more may be tried, if there were too many already or the store is full.
    pub(crate) fn count(&self, (kind, who): (u32, Hashed)) -> Result<(), Duration> {
        let key = self.keys.key_of(kind, who);
        self.counted.check(key).map_err(|exceeded| exceeded.retry_after)
    }

    /// How long nothing may be tried; `None` if it may. Counts nothing.
    pub(crate) fn wait(&self, (kind, who): (u32, Hashed)) -> Option<Duration> {
        let key = self.keys.key_of(kind, who);
        let not_until = self.looked_at.check_key(&key).err()?;
        let wait = not_until.wait_time_from(self.looked_at.clock().now());
        Some(wait.min(self.counted.rate().window()))
    }
}

impl fmt::Debug for Failures {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_tuple("Failures").field(&self.counted.rate()).finish()
    }
}

/// The store as governor wants it, without writing what governor decides.
struct ReadOnly(Arc<Store>);

impl StateStore for ReadOnly {
    type Key = u64;

    fn measure_and_replace<T, F, E>(&self, key: &u64, decide: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        decide(self.0.arrival(*key)).map(|(admitted, _)| admitted)
    }
}

#[cfg(test)]
mod tests {
    use governor::clock::FakeRelativeClock;

    use super::super::clock::Time;
    use super::*;

    const RATE: Rate = Rate::new(3, 60, 3);

    fn somebody(name: &str) -> (u32, Hashed) {
        (0, Hashed::new(name))
    }

    #[test]
    fn looking_counts_nothing() {
        let failures = Failures::new(RATE);
        for _ in 0..100 {
            assert_eq!(failures.wait(somebody("ada")), None);
        }
        for _ in 0..3 {
            assert_eq!(failures.wait(somebody("ada")), None);
            failures.count(somebody("ada")).unwrap();
        }
        assert!(failures.wait(somebody("ada")).is_some());
        assert!(failures.count(somebody("ada")).is_err());
        assert_eq!(failures.wait(somebody("bob")), None, "somebody else");
    }

    #[test]
    fn the_wait_is_exact() {
        let clock = FakeRelativeClock::default();
        let limits = RateLimits::with_time(16, Time::Fake(clock.clone()));
        let failures = Failures::within(&limits, RATE);
        for _ in 0..3 {
            failures.count(somebody("ada")).unwrap();
        }
        let wait = failures.wait(somebody("ada")).unwrap();
        assert_eq!(wait, Duration::from_secs(20));
        clock.advance(wait - Duration::from_millis(1));
        assert!(failures.wait(somebody("ada")).is_some());
        clock.advance(Duration::from_millis(1));
        assert_eq!(failures.wait(somebody("ada")), None);
    }

    #[test]
    fn a_full_store_lets_nobody_new_try() {
        let clock = FakeRelativeClock::default();
        let limits = RateLimits::with_time(16, Time::Fake(clock.clone()));
        let failures = Failures::within(&limits, RATE);
        for name in 0..1000 {
            let _ = failures.count(somebody(&name.to_string()));
        }
        assert!(failures.wait(somebody("new")).is_some());
        clock.advance(Duration::from_secs(60));
        assert_eq!(failures.wait(somebody("new")), None, "all have recovered");
    }
}
