//! What the compiler does with a literal, for texts that no compiler has seen: for fuzzing.

use super::check::{self, Facts};
use super::render::render;

/// The statement as it would go to a database, with one word in all places for words, and what is known of it.
///
/// # Errors
/// What is wrong with the statement or the word, as the compiler would say.
pub fn probe(
    text: &str,
    shared: bool,
    word: Option<&str>,
) -> Result<(String, Facts), &'static str> {
    let facts = check::facts(text, shared)?;
    if let Some(word) = word {
        check::word(word)?;
    }
    let rendered = render(text, &facts, |_| word).map_err(|_| "a word is missing")?;
    Ok((rendered.into_owned(), facts))
}
