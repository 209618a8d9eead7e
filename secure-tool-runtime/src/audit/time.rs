//! Times as RFC 3339 writes them, in UTC with milliseconds. Twenty lines, so no dependency.

use std::fmt::Write as _;
use std::time::{Duration, Instant, SystemTime};

/// The last second of the year 9999: RFC 3339 has four digits for the year.
const LAST: u64 = 253_402_300_799;

/// Both clocks at one moment: gives the date of another one, so that calls need not read a second
/// clock.
#[derive(Clone, Copy, Debug)]
pub(super) struct Now {
    moment: Instant,
    date: SystemTime,
}

impl Now {
    pub(super) fn read() -> Self {
        Self { moment: Instant::now(), date: SystemTime::now() }
    }

    /// The date of a moment in the past, as far as the date was not set and the machine not suspended
    /// since.
    pub(super) fn date(self, moment: Instant) -> SystemTime {
        let ago = self.moment.saturating_duration_since(moment);
        self.date.checked_sub(ago).unwrap_or(SystemTime::UNIX_EPOCH)
    }
}

/// Writes times. Records come many to the second, so it keeps the text of the last second.
#[derive(Debug, Default)]
pub(super) struct Stamp {
    second: Option<u64>,
    text: String,
}

impl Stamp {
    /// `2026-11-05T09:30:00.123Z`. Times before 1970 are given as its first moment.
    pub(super) fn of(&mut self, time: SystemTime) -> &str {
        let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or(Duration::ZERO);
        let second = since.as_secs().min(LAST);
        if self.second != Some(second) {
            self.second = Some(second);
            self.text = date_and_time(second);
        }
        self.text.truncate("2026-11-05T09:30:00".len());
        write!(self.text, ".{:03}Z", since.subsec_millis()).expect("a string takes every byte");
        &self.text
    }
}

/// `2026-11-05T09:30:00`, in UTC.
pub(crate) fn date_and_time(second: u64) -> String {
    let (year, month, day) = civil(second / 86_400);
    let (hour, minute, second) = (second / 3_600 % 24, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")
}

/// Year, month and day of a day counted from 1970-01-01: Howard Hinnant's `civil_from_days`, for
/// days that are not negative. Years begin in March there, so that the leap day is the last one.
fn civil(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let (era, of_era) = (days / 146_097, days % 146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    (era * 400 + year + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stamp(millis: u64) -> String {
        Stamp::default().of(SystemTime::UNIX_EPOCH + Duration::from_millis(millis)).to_owned()
    }

    #[test]
    fn a_moment_has_its_date() {
        let now = Now::read();
        let ago = Duration::from_millis(1500);
        let earlier = now.moment.checked_sub(ago).unwrap();
        assert_eq!(now.date(earlier), now.date - ago);
        // What ends while both clocks are read is not dated ahead.
        assert_eq!(now.date(now.moment + ago), now.date);
    }

    #[test]
    fn knows_the_calendar() {
        // Expected values from `date -u -d @…`.
        for (second, expected) in [
            (0, "1970-01-01T00:00:00.007Z"),
            (951_782_399, "2000-02-28T23:59:59.007Z"),
            (951_782_400, "2000-02-29T00:00:00.007Z"),
            (951_868_800, "2000-03-01T00:00:00.007Z"),
            (1_709_164_800, "2024-02-29T00:00:00.007Z"),
            (1_735_689_599, "2024-12-31T23:59:59.007Z"),
            (1_735_689_600, "2025-01-01T00:00:00.007Z"),
            (4_107_542_400, "2100-03-01T00:00:00.007Z"),
            (LAST, "9999-12-31T23:59:59.007Z"),
            (LAST + 1, "9999-12-31T23:59:59.007Z"),
        ] {
            assert_eq!(stamp(second * 1000 + 7), expected);
        }
    }

    #[test]
    fn days_follow_one_another() {
        let mut last = civil(0);
        for days in 1..200_000 {
            let next = civil(days);
            let follows = next.2 == last.2 + 1 || (next.2 == 1 && last.2 >= 28);
            assert!(follows && (1..=12).contains(&next.1) && next > last, "{last:?} {next:?}");
            last = next;
        }
    }

    #[test]
    fn remembers_the_second_but_not_the_millisecond() {
        let mut stamp = Stamp::default();
        let start = SystemTime::UNIX_EPOCH;
        assert_eq!(stamp.of(start + Duration::from_millis(1999)), "1970-01-01T00:00:01.999Z");
        assert_eq!(stamp.of(start + Duration::from_millis(1001)), "1970-01-01T00:00:01.001Z");
        assert_eq!(stamp.of(start + Duration::from_millis(2001)), "1970-01-01T00:00:02.001Z");
        assert_eq!(stamp.of(start - Duration::from_secs(1)), "1970-01-01T00:00:00.000Z");
    }
}
