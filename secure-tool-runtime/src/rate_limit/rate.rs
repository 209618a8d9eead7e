//! How often: the number of calls, the period, and how many of them may come at once.

use std::fmt;
use std::time::Duration;

use serde::Serialize;

use crate::digits::push_number;

/// So many calls in a period, of which so many at once.
///
/// The bounds of [`Rate::new`] are checked where the rate is written: in a `const` they are compile
/// errors. The checklist's figures (Rate Limiting) are 100 calls a minute, and 10 a minute for
/// expensive tools.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Rate {
    count: u32,
    seconds: u32,
    burst: u32,
}

impl Rate {
    /// The longest period, in seconds: a day.
    pub const LONGEST: u32 = 86_400;
    /// The largest count, in calls per period.
    pub const MOST: u32 = 1_000_000;
    /// The largest burst, in calls. With [`Rate::LONGEST`] it keeps a full bucket within 28 years,
    /// which nanoseconds in 64 bits can count.
    pub const LARGEST_BURST: u32 = 10_000;

    /// `count` calls in `seconds`, of which `burst` may come at once.
    ///
    /// Over any stretch of time `t`, at most `burst + count × t / seconds` calls are admitted.
    ///
    /// # Panics
    ///
    /// If a number is zero or above its maximum. In a `const` that is a compile error.
    #[must_use]
    pub const fn new(count: u32, seconds: u32, burst: u32) -> Self {
        assert!(count >= 1 && count <= Self::MOST, "a rate counts 1 to 1000000 calls");
        assert!(
            seconds >= 1 && seconds <= Self::LONGEST,
            "the period of a rate is 1 to 86400 seconds"
        );
        assert!(
            burst >= 1 && burst <= Self::LARGEST_BURST,
            "the burst of a rate is 1 to 10000 calls"
        );
        Self { count, seconds, burst }
    }

    /// Calls per period.
    #[must_use]
    pub const fn count(self) -> u32 {
        self.count
    }

    /// The period, in seconds.
    #[must_use]
    pub const fn seconds(self) -> u32 {
        self.seconds
    }

    /// Calls that may come at once.
    #[must_use]
    pub const fn burst(self) -> u32 {
        self.burst
    }

    /// The time after which one more call is admitted.
    #[must_use]
    pub const fn interval(self) -> Duration {
        // At least a microsecond: 1 s / 1 000 000.
        Duration::from_secs(self.seconds as u64)
            .checked_div(self.count)
            .expect("`new` refuses a count of zero")
    }

    /// The time in which a caller who has used everything up gets everything back. No caller ever
    /// waits longer.
    #[must_use]
    pub const fn window(self) -> Duration {
        self.interval().saturating_mul(self.burst)
    }
}

impl Rate {
    /// What one of so many instances may admit, so that all together admit no more: rounded down, but
    /// one call at a time, at least.
    #[cfg(feature = "redis")]
    pub(crate) fn share(self, instances: u32) -> Self {
        let instances = instances.max(1);
        let burst = (self.burst / instances).max(1);
        let seconds = u64::from(self.seconds) * u64::from(instances);
        match u32::try_from(seconds) {
            Ok(seconds) if seconds <= Self::LONGEST => Self { seconds, burst, ..self },
            // A longer period than there is: fewer calls in the same one.
            _ => Self { count: (self.count / instances).max(1), burst, ..self },
        }
    }

    /// As in a sentence: `30 calls a minute`, `1 call in 90 seconds`, `30 calls a minute, 5 at once`.
    pub(crate) fn push_to(self, text: &mut String) {
        push_number(text, self.count.into());
        text.push_str(if self.count == 1 { " call " } else { " calls " });
        match self.seconds {
            1 => text.push_str("a second"),
            60 => text.push_str("a minute"),
            3_600 => text.push_str("an hour"),
            86_400 => text.push_str("a day"),
            seconds => {
                text.push_str("in ");
                push_number(text, seconds.into());
                text.push_str(" seconds");
            }
        }
        if self.burst != self.count {
            text.push_str(", ");
            push_number(text, self.burst.into());
            text.push_str(" at once");
        }
    }
}

/// As in a sentence: `30 calls a minute`.
impl fmt::Display for Rate {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::new();
        self.push_to(&mut text);
        out.write_str(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_like_a_sentence() {
        assert_eq!(Rate::new(30, 60, 30).to_string(), "30 calls a minute");
        assert_eq!(Rate::new(1, 1, 1).to_string(), "1 call a second");
        assert_eq!(Rate::new(2, 3_600, 2).to_string(), "2 calls an hour");
        assert_eq!(Rate::new(1, 90, 1).to_string(), "1 call in 90 seconds");
        assert_eq!(Rate::new(30, 86_400, 5).to_string(), "30 calls a day, 5 at once");
    }

    #[cfg(feature = "redis")]
    #[test]
    fn is_shared_without_a_remainder() {
        assert_eq!(Rate::new(100, 60, 100).share(3), Rate::new(100, 180, 33));
        assert_eq!(Rate::new(10, 60, 2).share(3), Rate::new(10, 180, 1));
        assert_eq!(Rate::new(10, 86_400, 10).share(3), Rate::new(3, 86_400, 3));
        assert_eq!(Rate::new(10, 60, 10).share(0), Rate::new(10, 60, 10));
    }

    #[test]
    fn is_a_constant() {
        const RATE: Rate = Rate::new(100, 60, 20);
        assert_eq!(RATE.interval(), Duration::from_millis(600));
        assert_eq!(RATE.window(), Duration::from_secs(12));
    }

    #[test]
    fn refuses_zero_and_too_much() {
        for (count, seconds, burst) in
            [(0, 1, 1), (1, 0, 1), (1, 1, 0), (1_000_001, 1, 1), (1, 86_401, 1), (1, 1, 10_001)]
        {
            std::panic::catch_unwind(|| Rate::new(count, seconds, burst)).unwrap_err();
        }
    }
}
