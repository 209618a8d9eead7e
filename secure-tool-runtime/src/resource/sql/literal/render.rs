//! The statement as it goes to the database.

use std::borrow::Cow;

use super::scan::{Kind, is, token};
use super::{Statement, Word};

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
        if !self.facts.rendered {
            return Ok(Cow::Borrowed(self.text));
        }
        let bytes = self.text.as_bytes();
        let mut rendered = String::with_capacity(self.text.len() + 64);
        let (mut written, mut next) = (0, token(bytes, 0));
        let mut after_like = false;
        while next.kind != Kind::End {
            match next.kind {
                Kind::Place => {
                    rendered.push_str(&self.text[written..next.start]);
                    self.place(&self.text[next.start + 1..next.end - 1], words, &mut rendered)?;
                    written = next.end;
                }
                Kind::Value(_) if after_like => {
                    rendered.push_str(&self.text[written..next.end]);
                    rendered.push_str(ESCAPE);
                    written = next.end;
                }
                _ => {}
            }
            after_like = is(bytes, next, "LIKE") || is(bytes, next, "ILIKE");
            next = token(bytes, next.end);
        }
        rendered.push_str(&self.text[written..]);
        Ok(Cow::Owned(rendered))
    }

    fn place(
        &self,
        name: &str,
        words: &[(&'static str, Word)],
        rendered: &mut String,
    ) -> Result<(), NoSuchWord> {
        if name.eq_ignore_ascii_case("owner") {
            rendered.push('$');
            rendered.push_str(&(self.facts.values + 1).to_string());
            return Ok(());
        }
        let (_, word) = words.iter().find(|(of, _)| *of == name).ok_or(NoSuchWord)?;
        rendered.push_str(word.0);
        Ok(())
    }
}
