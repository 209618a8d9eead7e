//! Text that others wrote, made fit for a log (checklist: Logging and Monitoring).
//!
//! Names of callers and causes of errors can hold anything: newlines that fake a second entry, escape
//! sequences that a terminal obeys, marks that reverse the order of what is read.

use std::fmt;
use std::io::{self, Write};

use serde_json::ser::Formatter;

/// Longest text that is logged, in bytes.
const LONGEST: usize = 2048;

/// At most [`LONGEST`] bytes of `text`, cut between characters.
pub(super) fn cap(text: &str) -> &str {
    let mut end = text.len().min(LONGEST);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// Shows capped text with every character that acts instead of showing replaced by `U+FFFD`.
pub(super) struct Clean<'a>(pub(super) &'a str);

impl fmt::Display for Clean<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = cap(self.0);
        while let Some((at, found)) = rest.char_indices().find(|(_, c)| acts(*c)) {
            out.write_str(&rest[..at])?;
            out.write_str("\u{fffd}")?;
            rest = &rest[at + found.len_utf8()..];
        }
        out.write_str(rest)
    }
}

/// JSON with every character that acts written as an escape, so that nothing is lost and `cat` is
/// safe. `serde_json` itself escapes only those below `U+0020`.
pub(super) struct SafeJson;

impl Formatter for SafeJson {
    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        out: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        // Almost every fragment.
        if fragment.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
            return out.write_all(fragment.as_bytes());
        }
        let mut rest = fragment;
        while let Some((at, found)) = rest.char_indices().find(|(_, c)| acts(*c)) {
            out.write_all(&rest.as_bytes()[..at])?;
            for unit in found.encode_utf16(&mut [0; 2]) {
                write!(out, "\\u{unit:04x}")?;
            }
            rest = &rest[at + found.len_utf8()..];
        }
        out.write_all(rest.as_bytes())
    }
}

/// Characters that do something to the text around them: controls (C0, DEL, C1), line and
/// paragraph separators, joiners and other invisible ones, direction marks, tags.
fn acts(c: char) -> bool {
    // Almost every character.
    if matches!(c, ' '..='~') {
        return false;
    }
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use serde::Serialize;

    use super::*;

    const HOSTILE: &str = "a\nb\r\x1b[31mc\u{7f}d\u{9b}e\u{202e}f\u{2028}g\u{200b}h\u{e0041}i\0";

    fn json(text: &str) -> String {
        let mut line = Vec::new();
        text.serialize(&mut serde_json::Serializer::with_formatter(&mut line, SafeJson)).unwrap();
        String::from_utf8(line).unwrap()
    }

    #[test]
    fn replaces_what_acts() {
        let clean = Clean(HOSTILE).to_string();
        assert_eq!(
            clean,
            "a\u{fffd}b\u{fffd}\u{fffd}[31mc\u{fffd}d\u{fffd}e\u{fffd}f\u{fffd}g\u{fffd}h\u{fffd}i\u{fffd}"
        );
    }

    #[test]
    fn escapes_what_acts_and_loses_nothing() {
        let json = json(HOSTILE);
        assert!(!json.contains(acts), "{json}");
        assert_eq!(serde_json::from_str::<String>(&json).unwrap(), HOSTILE);
    }

    #[test]
    fn leaves_other_text_alone() {
        for text in ["", "naïve café", "日本語 “x” 👍"] {
            assert_eq!(Clean(text).to_string(), text);
            assert_eq!(json(text), serde_json::to_string(text).unwrap());
        }
    }

    #[test]
    fn caps_between_characters() {
        let long = "ü".repeat(2000);
        assert_eq!(cap(&long).len(), 2048);
        let odd = format!("a{long}");
        assert_eq!(cap(&odd).len(), 2047);
        assert_eq!(Clean(&odd).to_string(), cap(&odd));
    }
}
