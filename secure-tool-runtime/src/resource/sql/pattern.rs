//! What `LIKE` looks for, with nothing of the client's text meaning anything but itself.

/// A pattern of `LIKE`, made by [`contains`], [`starts_with`] or [`ends_with`].
#[derive(Clone, PartialEq, Eq)]
pub struct Pattern(pub(super) String);

/// It holds what a client sent.
impl std::fmt::Debug for Pattern {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Pattern(…)")
    }
}

/// Texts that contain this one.
#[must_use]
pub fn contains(text: &str) -> Pattern {
    pattern("%", text, "%")
}

/// Texts that begin with this one.
#[must_use]
pub fn starts_with(text: &str) -> Pattern {
    pattern("", text, "%")
}

/// Texts that end with this one.
#[must_use]
pub fn ends_with(text: &str) -> Pattern {
    pattern("%", text, "")
}

fn pattern(before: &str, text: &str, after: &str) -> Pattern {
    let mut pattern = String::with_capacity(text.len() + 8);
    pattern.push_str(before);
    for character in text.chars() {
        if matches!(character, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern.push_str(after);
    Pattern(pattern)
}
