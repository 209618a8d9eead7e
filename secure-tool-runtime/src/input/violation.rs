//! What is wrong with an input: field and rule, never the value.

use std::fmt;

use super::{At, Check, Object};
use crate::digits::{push_number, push_signed};

/// The most violations that one refusal lists.
const LISTED: usize = 10;

/// A usual length of a demand: room for it is made at once.
const DEMAND: usize = 96;

/// One broken rule.
#[derive(Debug, Clone)]
pub struct Violation {
    /// Where, as a JSON path: `$.tags[2]`. Keys that the client chose are numbered, not named.
    pub path: String,
    /// Which rule, in the words of the attribute: `length`, `range`, `required`, `unknown`, …
    pub rule: &'static str,
    /// What the rule demands.
    pub demand: Demand,
}

/// What a rule demands. Shows itself as the end of a sentence: “must have at most 200 characters”.
///
/// It becomes text where it is told, and only there.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Demand {
    /// Always the same.
    Fixed(&'static str),
    /// Written already, as it depends on more than fits here.
    Written(Box<str>),
    /// A length within these bounds.
    Length {
        /// The least length.
        min: u64,
        /// The greatest length.
        max: u64,
        /// What is counted.
        unit: Unit,
    },
    /// A whole number within these bounds.
    Integer(i64, i64),
    /// A number within these bounds.
    Float(f64, f64),
    /// The form of a text.
    Form(Check),
    /// No other fields than those of the object.
    Fields(&'static Object),
    /// A check of the user's own, by name.
    Custom(&'static str),
}

/// What a length counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Of a text.
    Characters,
    /// Of a list or set.
    Items,
    /// Of a map.
    Entries,
}

impl From<&'static str> for Demand {
    fn from(text: &'static str) -> Self {
        Demand::Fixed(text)
    }
}

impl Demand {
    fn push_to(&self, text: &mut String) {
        match self {
            Demand::Fixed(demand) => text.push_str(demand),
            Demand::Written(demand) => text.push_str(demand),
            Demand::Length { min, max, unit } => push_length(text, *min, *max, *unit),
            Demand::Integer(min, max) => {
                text.push_str("must be from ");
                push_signed(text, *min);
                text.push_str(" to ");
                push_signed(text, *max);
            }
            Demand::Float(min, max) => text.push_str(&format!("must be from {min} to {max}")),
            Demand::Form(check) => check.push_to(text),
            Demand::Fields(object) if object.fields.is_empty() => text.push_str("must be empty"),
            Demand::Fields(object) => {
                text.push_str("must have no other fields than ");
                push_names(text, object.fields.iter().map(|field| field.name));
            }
            Demand::Custom(name) => {
                for part in ["must pass the check `", name, "`"] {
                    text.push_str(part);
                }
            }
        }
    }
}

impl fmt::Display for Demand {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::with_capacity(DEMAND);
        self.push_to(&mut text);
        out.write_str(&text)
    }
}

fn push_length(text: &mut String, min: u64, max: u64, unit: Unit) {
    let (one, many) = match unit {
        Unit::Characters => (" character", " characters"),
        Unit::Items => (" item", " items"),
        Unit::Entries => (" entry", " entries"),
    };
    text.push_str("must have ");
    match min {
        0 => text.push_str("at most "),
        _ if min == max => text.push_str("exactly "),
        _ => {
            push_number(text, min);
            text.push_str(" to ");
        }
    }
    push_number(text, max);
    text.push_str(if max == 1 { one } else { many });
}

/// Everything wrong with one input, as far as it can be told at once.
#[derive(Debug, Default)]
pub struct Violations {
    listed: Vec<Violation>,
    /// There are more than are listed. How many is not counted: that would take looking at them all.
    more: bool,
}

impl Violations {
    /// Nothing wrong so far.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Records that the value at `at` breaks `rule`.
    pub fn add(&mut self, at: &At<'_>, rule: &'static str, demand: impl Into<Demand>) {
        self.add_with(at, rule, || demand.into());
    }

    /// As [`Violations::add`], for a demand that takes work to make: done only if it is listed.
    pub(super) fn add_with(
        &mut self,
        at: &At<'_>,
        rule: &'static str,
        demand: impl FnOnce() -> Demand,
    ) {
        // A hostile list of ten thousand wrong items costs ten entries and a flag.
        if self.listed.len() == LISTED {
            self.more = true;
            return;
        }
        self.listed.push(Violation { path: at.path(), rule, demand: demand() });
    }

    /// True if nothing that is found from now on changes what is told: collections stop there.
    pub(super) fn is_full(&self) -> bool {
        self.more
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
        let length = listed.map(|found| found.path.len() + DEMAND + "- `` \n".len());
        let mut text = String::with_capacity(opening.len() + length.sum::<usize>());
        text.push_str(opening);
        for (index, violation) in self.listed.iter().enumerate() {
            let opening = if index == 0 { "- `" } else { "\n- `" };
            for part in [opening, &violation.path, "` "] {
                text.push_str(part);
            }
            violation.demand.push_to(&mut text);
        }
        if self.more {
            text.push_str("\n- and more");
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
