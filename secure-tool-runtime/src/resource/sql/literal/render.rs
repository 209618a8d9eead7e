//! The statement as it goes to the database.

use std::borrow::Cow;

use super::scan::{Kind, is, token};
use super::{Facts, Statement, Word};

/// What makes the backslashes of [`Pattern`](super::super::Pattern) count, on every database.
const ESCAPE: &str = r" ESCAPE '\'";

/// A place for which nothing was given.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::resource::sql) struct NoSuchWord;

impl<E, R> Statement<E, R> {
    /// Puts words in their places, the owner behind the last value, and escapes behind patterns. All of
    /// it is text of the program's own.
    pub(in crate::resource::sql) fn render(
        &self,
        words: &[(&'static str, Word)],
    ) -> Result<Cow<'static, str>, NoSuchWord> {
        let word = |name: &str| words.iter().find(|(of, _)| *of == name).map(|(_, word)| word.0);
        render(self.text, &self.facts, word)
    }
}

pub(super) fn render<'t, 'w>(
    text: &'t str,
    facts: &Facts,
    word: impl Fn(&str) -> Option<&'w str>,
) -> Result<Cow<'t, str>, NoSuchWord> {
    if !facts.rendered {
        return Ok(Cow::Borrowed(text));
    }
    let bytes = text.as_bytes();
    let mut rendered = String::with_capacity(text.len() + 64);
    let (mut written, mut next) = (0, token(bytes, 0));
    let mut after_like = false;
    while next.kind != Kind::End {
        match next.kind {
            Kind::Place => {
                rendered.push_str(&text[written..next.start]);
                apart(&mut rendered);
                let name = &text[next.start + 1..next.end - 1];
                if name.eq_ignore_ascii_case("owner") {
                    rendered.push('$');
                    rendered.push_str(&(facts.values + 1).to_string());
                } else {
                    rendered.push_str(word(name).ok_or(NoSuchWord)?);
                }
                written = next.end;
                if bytes.get(written).is_some_and(|next| !next.is_ascii_whitespace()) {
                    apart(&mut rendered);
                }
            }
            Kind::Value(_) if after_like => {
                rendered.push_str(&text[written..next.end]);
                rendered.push_str(ESCAPE);
                written = next.end;
            }
            _ => {}
        }
        after_like = is(bytes, next, "LIKE") || is(bytes, next, "ILIKE");
        next = token(bytes, next.end);
    }
    rendered.push_str(&text[written..]);
    Ok(Cow::Owned(rendered))
}

/// What is put in begins and ends no token of what is around it: `-` and `-1` would begin a comment.
fn apart(rendered: &mut String) {
    if !rendered.ends_with(|last: char| last.is_ascii_whitespace()) {
        rendered.push(' ');
    }
}
