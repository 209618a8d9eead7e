//! A limit on what goes wrong: each attempt counts before it is made, and is given back if it was good.

use std::fmt;
use std::time::Duration;

use super::{Limiter, RateLimits};
use crate::rate_limit::key::{Hashed, Keys};
use crate::rate_limit::rate::Rate;

/// Addresses whose failures are remembered at the same time; half a mebibyte.
const CAPACITY: usize = 1 << 14;

/// Counts attempts, in a store of its own, which strangers can fill without touching the limits of
/// callers.
pub(crate) struct Failures {
    counted: Limiter,
    keys: Keys,
}

impl Failures {
    pub(crate) fn new(rate: Rate) -> Self {
        Self::within(&RateLimits::new(CAPACITY), rate)
    }

    fn within(limits: &RateLimits, rate: Rate) -> Self {
        Failures { counted: limits.limiter(rate), keys: Keys::new() }
    }

    /// Counts an attempt.
    ///
    /// # Errors
    /// How long nothing more may be tried, if there were too many already or the store is full.
    pub(crate) fn count(&self, (kind, who): (u32, Hashed)) -> Result<(), Duration> {
        let key = self.keys.key_of(kind, who);
        self.counted.check(key).map_err(|exceeded| exceeded.retry_after)
    }

    /// Whether nothing more may be tried at the moment. Who is not known may, even if the store is full.
    #[cfg(feature = "tls")]
    pub(crate) fn are_too_many(&self, (kind, who): (u32, Hashed)) -> bool {
        self.counted.peek(self.keys.key_of(kind, who)).is_err()
    }

    /// Takes back what [`Failures::count`] has counted: the attempt was good.
    pub(crate) fn give_back(&self, (kind, who): (u32, Hashed)) {
        self.counted.give_back(self.keys.key_of(kind, who));
    }
}

impl fmt::Debug for Failures {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_tuple("Failures").field(&self.counted.rate()).finish()
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
    fn what_is_given_back_was_not_counted() {
        let failures = Failures::new(RATE);
        for _ in 0..100 {
            failures.count(somebody("ada")).unwrap();
            failures.give_back(somebody("ada"));
        }
        for _ in 0..3 {
            failures.count(somebody("ada")).unwrap();
        }
        assert!(failures.count(somebody("ada")).is_err());
        failures.count(somebody("bob")).unwrap();
        failures.give_back(somebody("ada"));
        failures.count(somebody("ada")).unwrap();
        assert!(failures.count(somebody("ada")).is_err());
    }

    #[test]
    fn nothing_is_saved_up_by_giving_back() {
        let clock = FakeRelativeClock::default();
        let limits = RateLimits::with_time(16, Time::Fake(clock.clone()));
        let failures = Failures::within(&limits, RATE);
        failures.give_back(somebody("ada"));
        failures.count(somebody("ada")).unwrap();
        clock.advance(Duration::from_secs(600));
        for _ in 0..10 {
            failures.give_back(somebody("ada"));
        }
        for _ in 0..3 {
            failures.count(somebody("ada")).unwrap();
        }
        assert!(failures.count(somebody("ada")).is_err());
    }

    #[test]
    fn the_wait_is_exact() {
        let clock = FakeRelativeClock::default();
        let limits = RateLimits::with_time(16, Time::Fake(clock.clone()));
        let failures = Failures::within(&limits, RATE);
        for _ in 0..3 {
            failures.count(somebody("ada")).unwrap();
        }
        let wait = failures.count(somebody("ada")).unwrap_err();
        assert_eq!(wait, Duration::from_secs(20));
        clock.advance(wait - Duration::from_millis(1));
        assert!(failures.count(somebody("ada")).is_err());
        clock.advance(Duration::from_millis(1));
        failures.count(somebody("ada")).unwrap();
    }

    #[test]
    fn a_full_store_lets_nobody_new_try() {
        let clock = FakeRelativeClock::default();
        let limits = RateLimits::with_time(16, Time::Fake(clock.clone()));
        let failures = Failures::within(&limits, RATE);
        for name in 0..1000 {
            let _ = failures.count(somebody(&name.to_string()));
        }
        assert!(failures.count(somebody("new")).is_err());
        clock.advance(Duration::from_secs(60));
        failures.count(somebody("new")).unwrap();
    }
}
