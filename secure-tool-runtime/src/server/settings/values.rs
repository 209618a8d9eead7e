//! Values as people write them: `30/min`, `500ms`, `64KiB`.

use std::time::Duration;

use crate::policy::Rate;

pub(super) fn rate(text: &str) -> Option<Rate> {
    let (count, period) = text.split_once('/')?;
    let seconds = match period.trim() {
        "s" => 1,
        "min" => 60,
        "h" => 3_600,
        "day" => 86_400,
        _ => return None,
    };
    let count =
        u32::try_from(number(count)?).ok().filter(|count| (1..=Rate::MOST).contains(count))?;
    Some(Rate::new(count, seconds, count.min(Rate::LARGEST_BURST)))
}

pub(super) fn time(text: &str) -> Option<Duration> {
    let (number, unit) = with_unit(text)?;
    let millis = match unit {
        "ms" => 1,
        "s" => 1_000,
        "min" => 60_000,
        "h" => 3_600_000,
        "day" => 86_400_000,
        _ => return None,
    };
    number.checked_mul(millis).map(Duration::from_millis)
}

pub(super) fn bytes(text: &str) -> Option<usize> {
    let (number, unit) = with_unit(text)?;
    let factor = match unit {
        "B" => 1,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        _ => return None,
    };
    number.checked_mul(factor).and_then(|bytes| usize::try_from(bytes).ok())
}

pub(super) fn number(text: &str) -> Option<u64> {
    let text = text.trim();
    // `parse` would take a sign, too.
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

fn with_unit(text: &str) -> Option<(u64, &str)> {
    let text = text.trim();
    let end = text.find(|c: char| !c.is_ascii_digit())?;
    let (digits, unit) = text.split_at_checked(end)?;
    Some((number(digits)?, unit.trim_start()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn are_read_as_they_are_meant_or_not_at_all() {
        assert_eq!(rate("30/min"), Some(Rate::new(30, 60, 30)));
        assert_eq!(rate("20000/h"), Some(Rate::new(20_000, 3_600, 10_000)));
        for bad in
            ["", "30", "0/min", "-1/min", "30/week", "2000000/s", "x/min", "99999999999999999999/s"]
        {
            assert_eq!(rate(bad), None, "{bad}");
        }
        assert_eq!(time("10s"), Some(Duration::from_secs(10)));
        assert_eq!(time("500 ms"), Some(Duration::from_millis(500)));
        assert_eq!(time("1day"), Some(Duration::from_secs(86_400)));
        for bad in ["", "10", "s", "-1s", "1.5s", "1 year", "99999999999999999h"] {
            assert_eq!(time(bad), None, "{bad}");
        }
        assert_eq!(bytes("64KiB"), Some(65_536));
        for bad in ["64", "64KB", "-1B", "99999999999999999MiB"] {
            assert_eq!(bytes(bad), None, "{bad}");
        }
        assert_eq!((number("7"), number("+7"), number("")), (Some(7), None, None));
    }
}
