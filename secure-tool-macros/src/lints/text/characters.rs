//! Characters that people do not see and models read.

use std::ops::RangeInclusive;

/// What is refused, and what to call it. Some of it is fine in its place: see [`is_refused`].
const CLASSES: &[(RangeInclusive<char>, &str)] = &[
    ('\u{0}'..='\u{1f}', "a control character"),
    ('\u{7f}'..='\u{9f}', "a control character"),
    ('\u{ad}'..='\u{ad}', "an invisible hyphen"),
    ('\u{34f}'..='\u{34f}', "an invisible joiner"),
    ('\u{61c}'..='\u{61c}', "a bidirectional control"),
    ('\u{115f}'..='\u{1160}', "an invisible letter"),
    ('\u{17b4}'..='\u{17b5}', "an invisible letter"),
    ('\u{180b}'..='\u{180f}', "a variation selector"),
    ('\u{200b}'..='\u{200b}', "a zero-width character"),
    ('\u{200c}'..='\u{200d}', "a zero-width joiner"),
    ('\u{200e}'..='\u{200f}', "a bidirectional control"),
    ('\u{2028}'..='\u{2029}', "an invisible separator"),
    ('\u{202a}'..='\u{202e}', "a bidirectional control"),
    ('\u{2060}'..='\u{2065}', "a zero-width character"),
    ('\u{2066}'..='\u{2069}', "a bidirectional control"),
    ('\u{206a}'..='\u{206f}', "a zero-width character"),
    ('\u{3164}'..='\u{3164}', "an invisible letter"),
    ('\u{e000}'..='\u{f8ff}', "a private-use character"),
    ('\u{fe00}'..='\u{fe0f}', "a variation selector"),
    ('\u{feff}'..='\u{feff}', "a zero-width character"),
    ('\u{ffa0}'..='\u{ffa0}', "an invisible letter"),
    ('\u{fff9}'..='\u{fffb}', "an invisible annotation"),
    ('\u{e0000}'..='\u{e007f}', "a tag character"),
    ('\u{e0100}'..='\u{e01ef}', "a variation selector"),
    ('\u{f0000}'..='\u{ffffd}', "a private-use character"),
    ('\u{100000}'..='\u{10fffd}', "a private-use character"),
];

/// Those that are met most.
const NAMES: &[(char, &str)] = &[
    ('\u{0}', "NULL"),
    ('\u{7}', "BELL"),
    ('\u{8}', "BACKSPACE"),
    ('\t', "TAB"),
    ('\n', "LINE FEED"),
    ('\r', "CARRIAGE RETURN"),
    ('\u{1b}', "ESCAPE"),
    ('\u{7f}', "DELETE"),
    ('\u{9b}', "CONTROL SEQUENCE INTRODUCER"),
    ('\u{ad}', "SOFT HYPHEN"),
    ('\u{34f}', "COMBINING GRAPHEME JOINER"),
    ('\u{61c}', "ARABIC LETTER MARK"),
    ('\u{180e}', "MONGOLIAN VOWEL SEPARATOR"),
    ('\u{200b}', "ZERO WIDTH SPACE"),
    ('\u{200c}', "ZERO WIDTH NON-JOINER"),
    ('\u{200d}', "ZERO WIDTH JOINER"),
    ('\u{200e}', "LEFT-TO-RIGHT MARK"),
    ('\u{200f}', "RIGHT-TO-LEFT MARK"),
    ('\u{2028}', "LINE SEPARATOR"),
    ('\u{2029}', "PARAGRAPH SEPARATOR"),
    ('\u{202a}', "LEFT-TO-RIGHT EMBEDDING"),
    ('\u{202b}', "RIGHT-TO-LEFT EMBEDDING"),
    ('\u{202c}', "POP DIRECTIONAL FORMATTING"),
    ('\u{202d}', "LEFT-TO-RIGHT OVERRIDE"),
    ('\u{202e}', "RIGHT-TO-LEFT OVERRIDE"),
    ('\u{2060}', "WORD JOINER"),
    ('\u{2066}', "LEFT-TO-RIGHT ISOLATE"),
    ('\u{2067}', "RIGHT-TO-LEFT ISOLATE"),
    ('\u{2068}', "FIRST STRONG ISOLATE"),
    ('\u{2069}', "POP DIRECTIONAL ISOLATE"),
    ('\u{3164}', "HANGUL FILLER"),
    ('\u{feff}', "ZERO WIDTH NO-BREAK SPACE"),
];

/// Signs that precede a number and are seen, although Unicode calls them format characters
/// (`Prepended_Concatenation_Mark`).
const SEEN: &[RangeInclusive<char>] = &[
    '\u{600}'..='\u{605}',
    '\u{6dd}'..='\u{6dd}',
    '\u{70f}'..='\u{70f}',
    '\u{890}'..='\u{891}',
    '\u{8e2}'..='\u{8e2}',
    '\u{110bd}'..='\u{110bd}',
    '\u{110cd}'..='\u{110cd}',
];

/// Scripts whose words need joiners: Arabic to Mandaic, those of India, Burmese, Khmer, Mongolian,
/// Balinese and its neighbours, and the later ones of India.
const JOINING: &[RangeInclusive<char>] = &[
    '\u{600}'..='\u{8ff}',
    '\u{900}'..='\u{dff}',
    '\u{1000}'..='\u{109f}',
    '\u{1780}'..='\u{17ff}',
    '\u{1800}'..='\u{18af}',
    '\u{1b00}'..='\u{1bff}',
    '\u{fb50}'..='\u{fdff}',
    '\u{11000}'..='\u{11fff}',
    '\u{1e900}'..='\u{1e95f}',
];

/// Pictures, and signs that are shown as pictures.
const PICTURES: &[RangeInclusive<char>] = &[
    '\u{a9}'..='\u{a9}',
    '\u{ae}'..='\u{ae}',
    '\u{203c}'..='\u{203c}',
    '\u{2049}'..='\u{2049}',
    '\u{2122}'..='\u{2122}',
    '\u{2139}'..='\u{2139}',
    '\u{2190}'..='\u{21ff}',
    '\u{2300}'..='\u{23ff}',
    '\u{24c2}'..='\u{24c2}',
    '\u{25a0}'..='\u{27bf}',
    '\u{2934}'..='\u{2935}',
    '\u{2b00}'..='\u{2bff}',
    '\u{3030}'..='\u{3030}',
    '\u{303d}'..='\u{303d}',
    '\u{3297}'..='\u{3297}',
    '\u{3299}'..='\u{3299}',
    '\u{1f000}'..='\u{1faff}',
];

/// What is shown as a picture, with the sign that says so.
const AS_PICTURE: char = '\u{fe0f}';
const KEYCAP: char = '\u{20e3}';

/// The characters of a line that nobody should have to read, each once.
pub(super) fn refused(line: &str) -> Vec<char> {
    let mut found = Vec::new();
    for (c, fine) in judged(line) {
        if !fine && !found.contains(&c) {
            found.push(c);
        }
    }
    found
}

/// The line without them.
pub(super) fn cleaned(line: &str) -> String {
    judged(line).filter(|(_, fine)| *fine).map(|(c, _)| c).collect()
}

/// What to call a character: `a bidirectional control, U+202E RIGHT-TO-LEFT OVERRIDE`.
pub(super) fn named(c: char) -> String {
    let class = class(c).unwrap_or("an unassigned or invisible character");
    let name = NAMES.iter().find(|(known, _)| *known == c).map_or("", |(_, name)| *name);
    format!("{class}, U+{:04X} {name}", u32::from(c)).trim_end().to_owned()
}

fn judged(line: &str) -> impl Iterator<Item = (char, bool)> {
    let mut before = None;
    let mut rest = line.chars();
    std::iter::from_fn(move || {
        let c = rest.next()?;
        let after = rest.clone().next();
        let judged = (c, !is_refused(before, c, after));
        before = Some(c);
        Some(judged)
    })
}

fn is_refused(before: Option<char>, c: char, after: Option<char>) -> bool {
    match c {
        ' '..='~' | '\t' | '\n' => false,
        '\u{200c}' | '\u{200d}' => !joins(before, c, after),
        '\u{fe0e}' | '\u{fe0f}' => !shows_as_picture(before, after),
        _ if within(SEEN, c) => false,
        _ => class(c).is_some() || !c.is_whitespace() && !is_printable(c),
    }
}

fn class(c: char) -> Option<&'static str> {
    CLASSES.iter().find(|(range, _)| range.contains(&c)).map(|(_, class)| *class)
}

/// True where emoji and scripts need a joiner.
fn joins(before: Option<char>, c: char, after: Option<char>) -> bool {
    let (Some(before), Some(after)) = (before, after) else { return false };
    let picture = |c| within(PICTURES, c);
    let letter = |c: char| within(JOINING, c) && !c.is_numeric() && is_printable(c);
    letter(before) && letter(after)
        || c == '\u{200d}' && (picture(before) || before == AS_PICTURE) && picture(after)
}

/// True behind a picture, and in the key `1️⃣`.
fn shows_as_picture(before: Option<char>, after: Option<char>) -> bool {
    before.is_some_and(|before| {
        let key = matches!(before, '0'..='9' | '#' | '*') && after == Some(KEYCAP);
        key || within(PICTURES, before)
    })
}

/// What Unicode assigns and people see. The standard library knows: it escapes the rest.
fn is_printable(c: char) -> bool {
    // Behind a letter, because marks are escaped where there is nothing that they could be on.
    let (shown, after): (String, String) =
        (format!("a{c}"), format!("a{c}").escape_debug().collect());
    shown == after
}

fn within(ranges: &[RangeInclusive<char>], c: char) -> bool {
    ranges.iter().any(|range| range.contains(&c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_write_is_fine() {
        let fine = [
            "plain, with \"quotes\", 'apostrophes' and \\ back-slashes",
            "a\ttab, an en dash – and an ellipsis…",
            "no\u{a0}break, thin\u{2009}space, narrow\u{202f}space, wide\u{3000}space",
            "über façade naïve e\u{301} Ελληνικά русский עברית العربية हिन्दी ไทย 日本語 한국어",
            "می\u{200c}خواهم کتاب\u{200c}ها",
            "क्\u{200d}ष ක්\u{200d}ර র\u{200d}্য",
            "👩\u{200d}👩\u{200d}👧 🕵🏽\u{200d}♂\u{fe0f} ❤\u{fe0f}\u{200d}🔥 🇪🇺 👍🏿 1\u{fe0f}\u{20e3} ©\u{fe0e} ☂\u{fe0f}",
            "∀x ∈ ℝ: x² ≥ 0, ⟨ψ|φ⟩, 𝒪(n log n), ½, №, €, °C, µs, Ω",
            "\u{600}١٢ \u{6dd}",
        ];
        for text in fine {
            assert!(refused(text).is_empty(), "{text}: {:?}", refused(text));
            assert_eq!(cleaned(text), text);
        }
    }

    #[test]
    fn what_people_do_not_see_is_refused() {
        let refusable = [
            0x0, 0x7, 0x8, 0xb, 0xc, 0xd, 0x1b, 0x7f, 0x80, 0x85, 0x9b, 0xad, 0x34f, 0x61c, 0x115f,
            0x180e, 0x200b, 0x200c, 0x200d, 0x200e, 0x200f, 0x2028, 0x2029, 0x202a, 0x202e, 0x2060,
            0x2064, 0x2065, 0x2066, 0x2069, 0x206f, 0x3164, 0xe000, 0xfe00, 0xfe0f, 0xfeff, 0xffa0,
            0xfff9, 0xffff, 0x378, 0x1d173, 0x1fffe, 0xe0001, 0xe0041, 0xe007f, 0xe0100, 0xe01ef,
            0xe0fff, 0xf0000, 0x10fffd, 0x10ffff,
        ];
        for number in refusable {
            let c = char::from_u32(number).expect("a character");
            assert_eq!(refused(&format!("a{c}b")), [c], "{number:x}");
            assert_eq!(refused(&c.to_string()), [c], "{number:x}");
            assert_eq!(cleaned(&format!("a{c}b")), "ab", "{number:x}");
        }
    }

    #[test]
    fn joiners_are_refused_where_nothing_needs_them() {
        let hiding = [
            "a\u{200d}b",
            "1\u{200c}2",
            "می\u{200c} خواهم",
            "می\u{200c}\u{200c}خواهم",
            "👩\u{200d}",
            "👩\u{200d}a",
            "a\u{200d}👩",
            "👩\u{200c}👧",
            "😀\u{fe0f}\u{fe0f}",
            "a\u{fe0f}",
            "1\u{fe0f}",
            "\u{627}\u{200d}a",
        ];
        for text in hiding {
            assert!(!refused(text).is_empty(), "{text:?}");
        }
    }

    #[test]
    fn flags_of_regions_are_written_with_tags_and_refused() {
        let england = "🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}";
        assert_eq!(cleaned(england), "🏴");
    }

    #[test]
    fn each_is_named_once_and_never_printed() {
        assert_eq!(refused("a\u{202e}b\u{202e}c\u{200b}"), ['\u{202e}', '\u{200b}']);
        let names = [
            ('\u{202e}', "a bidirectional control, U+202E RIGHT-TO-LEFT OVERRIDE"),
            ('\u{1b}', "a control character, U+001B ESCAPE"),
            ('\u{e0041}', "a tag character, U+E0041"),
            ('\u{378}', "an unassigned or invisible character, U+0378"),
        ];
        for (c, name) in names {
            assert_eq!(named(c), name);
        }
    }
}
