//! Quantities as people write them: `30/min`, `500ms`, `64KiB`.

/// A rate as calls and seconds.
pub(crate) fn rate(text: &str) -> Option<(u64, u32)> {
    let (count, period) = text.split_once('/')?;
    let seconds = match period.trim() {
        "s" | "sec" | "second" => 1,
        "min" | "minute" => 60,
        "h" | "hour" => 3600,
        "day" => 86_400,
        _ => return None,
    };
    Some((digits(count)?, seconds))
}

/// A length of time in milliseconds.
pub(crate) fn milliseconds(text: &str) -> Option<u64> {
    let (number, unit) = with_unit(text)?;
    let factor = match unit {
        "ms" => 1,
        "s" | "sec" => 1000,
        "min" => 60_000,
        "h" | "hour" => 3_600_000,
        _ => return None,
    };
    number.checked_mul(factor)
}

/// A size in bytes.
pub(crate) fn bytes(text: &str) -> Option<u64> {
    let (number, unit) = with_unit(text)?;
    let factor = match unit {
        "B" => 1,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        _ => return None,
    };
    number.checked_mul(factor)
}

fn with_unit(text: &str) -> Option<(u64, &str)> {
    let text = text.trim();
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '_')?;
    let (number, unit) = text.split_at_checked(end)?;
    Some((digits(number)?, unit.trim_start()))
}

fn digits(text: &str) -> Option<u64> {
    let text: String = text.trim().chars().filter(|c| *c != '_').collect();
    // `parse` would take a sign, too.
    let plain = text.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates() {
        assert_eq!(rate("30/min"), Some((30, 60)));
        assert_eq!(rate(" 1_000 / day "), Some((1000, 86_400)));
        assert_eq!(rate("2/s"), Some((2, 1)));
        assert_eq!(rate("5/hour"), Some((5, 3600)));
        for wrong in ["", "/", "30", "30/", "/min", "-1/min", "+1/min", "1.5/s", "30/fortnight"] {
            assert_eq!(rate(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn times() {
        assert_eq!(milliseconds("500ms"), Some(500));
        assert_eq!(milliseconds("10s"), Some(10_000));
        assert_eq!(milliseconds("2 min"), Some(120_000));
        for wrong in
            ["", "10", "s", "1.5s", "10 parsecs", "99999999999999999999s", "18446744073709551615s"]
        {
            assert_eq!(milliseconds(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn sizes() {
        assert_eq!(bytes("64KiB"), Some(65_536));
        assert_eq!(bytes("1 MiB"), Some(1_048_576));
        assert_eq!(bytes("512B"), Some(512));
        for wrong in ["", "64", "64kb", "é"] {
            assert_eq!(bytes(wrong), None, "{wrong}");
        }
    }
}
