//! Text without the characters that deceive a reader or a terminal.

use std::borrow::Cow;

use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

/// Removes control characters but line feed and tab, ANSI escape sequences, bidirectional
/// controls, tag characters and other invisible format characters.
///
/// Joiners (U+200C, U+200D) stay behind a character that is not ASCII, where scripts and emoji
/// need them.
///
/// ```
/// use secure_tool_runtime::output::cleaned;
/// assert_eq!(cleaned("\u{1b}[31mred\u{1b}[0m"), "red");
/// assert_eq!(cleaned("admin\u{202e}txt"), "admintxt");
/// ```
#[must_use]
pub fn cleaned(text: &str) -> Cow<'_, str> {
    if is_plain(text) {
        return Cow::Borrowed(text);
    }
    let mut clean = String::with_capacity(text.len());
    let mut rest = text.chars();
    while let Some(character) = rest.next() {
        match character {
            '\u{1b}' => skip_escape(&mut rest),
            '\u{9b}' => skip_until_final(&mut rest),
            '\u{90}' | '\u{98}' | '\u{9d}' | '\u{9e}' | '\u{9f}' => skip_string(&mut rest),
            _ if deceives(character, clean.chars().next_back()) => {}
            _ => clean.push(character),
        }
    }
    Cow::Owned(clean)
}

/// [`cleaned`], without a copy where there is nothing to remove.
#[must_use]
pub fn clean(text: String) -> String {
    match cleaned(&text) {
        Cow::Borrowed(_) => text,
        Cow::Owned(clean) => clean,
    }
}

/// The usual case, told by bytes alone: printable ASCII with line feeds and tabs.
fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b'\n' | b'\t' | b' '..=b'~'))
}

fn deceives(character: char, before: Option<char>) -> bool {
    match character {
        '\n' | '\t' => false,
        '\u{200c}' | '\u{200d}' => before.is_none_or(|before| before.is_ascii()),
        '\u{2028}' | '\u{2029}' => true,
        // Tag characters are Cf, and so are the unassigned ones around them by reservation.
        '\u{e0000}'..='\u{e0fff}' => true,
        // Variation selectors beyond the common sixteen carry hidden bytes.
        _ => matches!(
            character.general_category(),
            GeneralCategory::Control | GeneralCategory::Format
        ),
    }
}

/// After ESC: a control sequence, a control string, or a single character (ECMA-48 §5).
fn skip_escape(rest: &mut std::str::Chars<'_>) {
    let mut ahead = rest.clone();
    match ahead.next() {
        Some('[') => {
            *rest = ahead;
            skip_until_final(rest);
        }
        Some('P' | 'X' | ']' | '^' | '_') => {
            *rest = ahead;
            skip_string(rest);
        }
        // Intermediate bytes, then a final one.
        Some(' '..='/') => {
            *rest = ahead;
            skip_while(rest, |c| matches!(c, ' '..='/'));
            rest.next();
        }
        Some('0'..='~') => *rest = ahead,
        _ => {}
    }
}

/// Parameter and intermediate bytes, then one final byte.
fn skip_until_final(rest: &mut std::str::Chars<'_>) {
    skip_while(rest, |c| matches!(c, ' '..='?'));
    skip_one(rest, |c| matches!(c, '@'..='~'));
}

/// A control string ends with BEL, ST or at the end of the line: what does not end hides nothing.
fn skip_string(rest: &mut std::str::Chars<'_>) {
    skip_while(rest, |c| !matches!(c, '\u{7}' | '\u{1b}' | '\u{9c}' | '\n'));
    skip_one(rest, |c| matches!(c, '\u{7}' | '\u{9c}'));
}

fn skip_while(rest: &mut std::str::Chars<'_>, accept: impl Fn(char) -> bool) {
    while skip_one(rest, &accept) {}
}

fn skip_one(rest: &mut std::str::Chars<'_>, accept: impl Fn(char) -> bool) -> bool {
    let mut ahead = rest.clone();
    let accepted = ahead.next().is_some_and(accept);
    if accepted {
        *rest = ahead;
    }
    accepted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_what_people_write() {
        for text in ["plain", "two\nlines\tand a tab", "über – 日本語", "👩‍👩‍👧", "می‌خواهم"]
        {
            assert_eq!(cleaned(text), text);
        }
    }

    #[test]
    fn removes_whole_escape_sequences() {
        let cases = [
            ("\u{1b}[31mred\u{1b}[0m", "red"),
            ("\u{9b}31mred", "red"),
            ("\u{1b}]8;;https://evil.example\u{7}link\u{1b}]8;;\u{7}", "link"),
            ("\u{1b}]0;title\u{1b}\\text", "text"),
            ("\u{1b}(Bascii", "ascii"),
            ("\u{1b}cafter reset", "after reset"),
            ("bell\u{7}", "bell"),
            ("cut\u{1b}", "cut"),
            ("cut\u{1b}[", "cut"),
        ];
        for (dirty, expected) in cases {
            assert_eq!(cleaned(dirty), expected, "{dirty:?}");
        }
    }

    #[test]
    fn removes_what_cannot_be_seen() {
        let cases = [
            ("a\u{202e}b", "ab"),
            ("a\u{2066}b\u{2069}", "ab"),
            ("a\u{200b}b", "ab"),
            ("a\u{200d}b", "ab"),
            ("a\u{feff}b", "ab"),
            ("a\u{e0041}\u{e007f}b", "ab"),
            ("a\u{e0100}b", "ab"),
            ("a\u{0}b\u{7f}c\u{85}d", "abcd"),
            ("a\r\nb", "a\nb"),
            ("a\u{2028}b", "ab"),
            ("a\u{ad}b", "ab"),
        ];
        for (dirty, expected) in cases {
            assert_eq!(cleaned(dirty), expected, "{dirty:?}");
        }
    }

    #[test]
    fn cleaning_twice_changes_nothing_more() {
        let nested = "\u{1b}\u{1b}[[31m\u{9b}\u{1b}]x";
        let once = cleaned(nested).into_owned();
        assert_eq!(cleaned(&once), once);
    }
}
