//! What is wrong with an input: field and rule, never the value.

use std::borrow::Cow;

use super::At;

/// The most violations that one refusal lists; the rest is counted.
const LISTED: usize = 10;

/// One broken rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Where, as a JSON path: `$.tags[2]`. Keys that the client chose are numbered, not named.
    pub path: String,
    /// Which rule, in the words of the attribute: `length`, `range`, `required`, `unknown`, …
    pub rule: &'static str,
    /// What the rule demands, as the end of a sentence: “must be at most 200 characters”.
    pub demand: Cow<'static, str>,
}

/// Everything wrong with one input, as far as it can be told at once.
#[derive(Debug, Default)]
pub struct Violations {
    listed: Vec<Violation>,
    more: usize,
}

impl Violations {
    /// Nothing wrong so far.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Records that the value at `at` breaks `rule`.
    pub fn add(&mut self, at: &At<'_>, rule: &'static str, demand: impl Into<Cow<'static, str>>) {
        // A hostile list of ten thousand wrong items costs ten entries and a count.
        if self.listed.len() == LISTED {
            self.more += 1;
            return;
        }
        self.listed.push(Violation { path: at.path(), rule, demand: demand.into() });
    }

    /// True if nothing was recorded.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.listed.is_empty()
    }

    /// The first violations recorded, at most ten.
    #[must_use]
    pub fn listed(&self) -> &[Violation] {
        &self.listed
    }

    /// One sentence a violation, for the client.
    #[must_use]
    pub fn sentences(&self) -> String {
        self.sentences_after("")
    }

    /// The same, below a line that introduces them.
    pub(crate) fn sentences_after(&self, opening: &str) -> String {
        let listed = self.listed.iter();
        let length = listed.map(|found| found.path.len() + found.demand.len() + "- `` \n".len());
        let mut text = String::with_capacity(opening.len() + length.sum::<usize>());
        text.push_str(opening);
        for (index, violation) in self.listed.iter().enumerate() {
            let opening = if index == 0 { "- `" } else { "\n- `" };
            for part in [opening, &violation.path, "` ", &violation.demand] {
                text.push_str(part);
            }
        }
        if self.more > 0 {
            text.push_str(&format!("\n- and {} more", self.more));
        }
        text
    }

    /// Places and rules, for the log.
    pub(crate) fn summary(&self) -> Box<str> {
        let listed = self.listed.iter();
        let length = listed.map(|found| found.path.len() + found.rule.len() + ",  ".len());
        // Just as long as it gets: a box has no room to spare, and would be made anew.
        let mut text = String::with_capacity(length.sum::<usize>().saturating_sub(", ".len()));
        for (index, violation) in self.listed.iter().enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            for part in [comma, &violation.path, " ", violation.rule] {
                text.push_str(part);
            }
        }
        text.into()
    }
}

/// As they are listed in a sentence: `` `a`, `b` ``.
pub(crate) fn push_names<'a>(text: &mut String, names: impl IntoIterator<Item = &'a str>) {
    for (index, name) in names.into_iter().enumerate() {
        text.push_str(if index == 0 { "`" } else { ", `" });
        text.push_str(name);
        text.push('`');
    }
}
