//! One time for all limiters of a store.
//!
//! governor counts the states of a limiter from the moment that limiter was made. A store that is
//! shared by many has to compare them with one clock, or it could not tell which have expired. So the
//! clock of a limiter reads zero until the limiter exists, and the time since the store's epoch from
//! then on: every state is counted from that epoch.

use std::sync::OnceLock;

#[cfg(test)]
use governor::clock::FakeRelativeClock;
use governor::clock::{Clock as _, QuantaClock, Reference as _};
use governor::nanos::Nanos;

/// The clock of one limiter.
#[derive(Debug, Default)]
pub(super) struct Clock {
    time: OnceLock<Time>,
}

impl Clock {
    /// Ends the reading of zero. Call it once, right after the limiter was made.
    pub(super) fn start(&self, time: Time) {
        // A second call would find it set already and change nothing.
        let _ = self.time.set(time);
    }
}

impl governor::clock::Clock for Clock {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        self.time.get().map_or(Nanos::new(0), Time::now)
    }
}

/// Time since the epoch of a store.
#[derive(Clone, Debug)]
pub(super) enum Time {
    /// Monotonic, from the processor's time stamp counter where it is reliable.
    Real { clock: QuantaClock, epoch: <QuantaClock as governor::clock::Clock>::Instant },
    /// Moved by the test.
    #[cfg(test)]
    Fake(FakeRelativeClock),
}

impl Time {
    pub(super) fn real() -> Self {
        let clock = QuantaClock::default();
        let epoch = clock.now();
        Self::Real { clock, epoch }
    }

    pub(super) fn now(&self) -> Nanos {
        match self {
            Self::Real { clock, epoch } => clock.now().duration_since(*epoch),
            #[cfg(test)]
            Self::Fake(clock) => clock.now(),
        }
    }
}
