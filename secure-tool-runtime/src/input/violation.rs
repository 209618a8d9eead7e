//! What is wrong with an input: field and rule, never the value.

use std::borrow::Cow;

use super::At;

/// The most violations that one refusal lists; the rest is counted.
const LISTED: usize = 10;

/// A usual length of a sentence on a violation: room for it is made at once.
const LENGTH: usize = 96;

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
        self.listed.push(Violation { path: at.to_string(), rule, demand: demand.into() });
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
        let mut text = String::with_capacity(self.listed.len() * LENGTH);
        for violation in &self.listed {
            if !text.is_empty() {
                text.push('\n');
            }
            for part in ["- `", &violation.path, "` ", &violation.demand] {
                text.push_str(part);
            }
        }
        if self.more > 0 {
            text.push_str(&format!("\n- and {} more", self.more));
        }
        text
    }

    /// Places and rules, for the log.
    pub(crate) fn summary(&self) -> String {
        let mut text = String::with_capacity(self.listed.len() * LENGTH);
        for violation in &self.listed {
            if !text.is_empty() {
                text.push_str(", ");
            }
            for part in [&violation.path, " ", violation.rule] {
                text.push_str(part);
            }
        }
        text
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
