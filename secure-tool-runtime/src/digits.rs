//! Numbers in texts that every refusal makes anew: `format!` takes ten times as long.

/// Appends a number in decimal.
pub(crate) fn push_number(text: &mut String, number: u64) {
    let mut digits = [0; 20];
    let mut first = digits.len();
    let mut rest = number;
    loop {
        first -= 1;
        digits[first] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    text.push_str(std::str::from_utf8(&digits[first..]).expect("digits are ASCII"));
}

/// As [`push_number`], with its sign.
pub(crate) fn push_signed(text: &mut String, number: i64) {
    if number < 0 {
        text.push('-');
    }
    push_number(text, number.unsigned_abs());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_what_format_says() {
        for number in [0, 7, 10, 99, 100, 12_345, u64::MAX] {
            let mut text = String::new();
            push_number(&mut text, number);
            assert_eq!(text, number.to_string());
        }
        for number in [0, -1, 42, i64::MIN, i64::MAX] {
            let mut text = String::new();
            push_signed(&mut text, number);
            assert_eq!(text, number.to_string());
        }
    }
}
