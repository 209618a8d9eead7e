//! Errors, gathered until the end so that all of them are reported at once.

use std::fmt::Display;

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;

use crate::exceptions::Allowed;
use crate::model::Exception;
use crate::rules::Rule;

/// All errors of one attribute. Has to be consumed with [`Errors::finish`].
pub(crate) struct Errors {
    // `None` once consumed.
    list: Option<Vec<syn::Error>>,
    allowed: Allowed,
    /// How many errors there were when these were allowed.
    before: usize,
}

impl Errors {
    pub(crate) fn new() -> Self {
        Errors { list: Some(Vec::new()), allowed: Allowed::default(), before: 0 }
    }

    /// Reports an error at one token.
    pub(crate) fn at(&mut self, span: Span, message: impl Display) {
        self.push(syn::Error::new(span, message));
    }

    /// Reports an error at one token, with a line that can be pasted.
    pub(crate) fn help(&mut self, span: Span, message: impl Display, help: impl Display) {
        self.at(span, format_args!("{message}\nhelp: {help}"));
    }

    /// Reports an error over a stretch of tokens.
    pub(crate) fn over(&mut self, tokens: impl ToTokens, message: impl Display) {
        self.push(syn::Error::new_spanned(tokens, message));
    }

    /// Reports an error over a stretch of tokens, with a line that can be pasted.
    pub(crate) fn over_help(
        &mut self,
        tokens: impl ToTokens,
        message: impl Display,
        help: impl Display,
    ) {
        self.over(tokens, format_args!("{message}\nhelp: {help}"));
    }

    /// Lifts rules for the tool or type that is checked next.
    pub(crate) fn allow(&mut self, allowed: Allowed) {
        self.allowed = allowed;
        self.before = self.count();
    }

    /// Ends a tool or type: the rules that were lifted for it.
    pub(crate) fn exceptions(&mut self, what: &str) -> Vec<Exception> {
        std::mem::take(&mut self.allowed).finish(what, self.before, self)
    }

    /// True if the rule is lifted; what it would have refused is fine then.
    pub(crate) fn lifts(&mut self, rule: Rule) -> bool {
        self.allowed.lifts(rule)
    }

    /// Reports that a rule is broken, unless it is lifted.
    pub(crate) fn breach(
        &mut self,
        rule: Rule,
        span: Span,
        message: impl Display,
        help: impl Display,
    ) {
        if self.allowed.lifts(rule) {
            return;
        }
        self.help(span, rule.says(message), help);
    }

    /// Reports an error that a parser made.
    pub(crate) fn push(&mut self, error: syn::Error) {
        if let Some(list) = &mut self.list {
            list.push(error);
        }
    }

    /// How many there are so far. Comparing two counts tells whether a stage went well.
    pub(crate) fn count(&self) -> usize {
        self.list.as_ref().map_or(0, Vec::len)
    }

    /// Ends: the errors for the compiler to report. Empty if there are none.
    #[must_use]
    pub(crate) fn finish(mut self) -> TokenStream {
        let list = self.list.take().unwrap_or_default();
        list.iter().map(syn::Error::to_compile_error).collect()
    }
}

impl Drop for Errors {
    fn drop(&mut self) {
        // An error that nobody reports is an insecure tool that compiles.
        if self.list.is_some() && !std::thread::panicking() {
            panic!("errors were gathered and not reported");
        }
    }
}

/// `` `a`, `b` or `c` ``
pub(crate) fn either(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => quoted.concat(),
    }
}

/// The known name that was probably meant.
pub(crate) fn nearest<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    let ranked = known.iter().map(|candidate| (distance(name, candidate), *candidate));
    let (steps, candidate) = ranked.min_by_key(|(steps, _)| *steps)?;
    // A third of the letters: a slip, not another word.
    (steps <= name.chars().count().max(3) / 3).then_some(candidate)
}

/// How many letters have to be changed, added, dropped or swapped with their neighbour.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let at =
                |row: &[usize], column: usize| row.get(column).copied().unwrap_or(usize::MAX / 2);
            let mut steps = at(&last, j) + usize::from(x != y);
            steps = steps.min(at(&last, j + 1) + 1).min(at(&row, j) + 1);
            let swapped = i > 0 && j > 0 && a.get(i - 1) == Some(y) && b.get(j - 1) == Some(x);
            if swapped {
                steps = steps.min(at(&before, j - 1) + 1);
            }
            row.push(steps);
        }
        before = std::mem::replace(&mut last, row);
    }
    last.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_recognised_and_other_words_are_not() {
        let known = ["scope", "role", "rate", "expensive", "max_output"];
        assert_eq!(nearest("scpoe", &known), Some("scope"));
        assert_eq!(nearest("scopes", &known), Some("scope"));
        assert_eq!(nearest("max_ouput", &known), Some("max_output"));
        assert_eq!(nearest("expensve", &known), Some("expensive"));
        assert_eq!(nearest("colour", &known), None);
        assert_eq!(nearest("", &known), None);
        assert_eq!(nearest("x", &[]), None);
    }

    #[test]
    fn alternatives_read_as_a_sentence() {
        assert_eq!(either(&[]), "");
        assert_eq!(either(&["a"]), "`a`");
        assert_eq!(either(&["a", "b", "c"]), "`a`, `b` or `c`");
    }
}
