//! What clients send. Everything has a greatest size: what has none does not compile.

use std::fmt;

use secure_tool_runtime::prelude::*;

/// A word to find notes by.
pub(crate) type Label = Text<1, 32>;

/// The number of a note.
#[secure_input]
#[secure_output]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NoteId(#[validate(range(min = 1, max = 1_000_000_000))] pub(crate) i64);

/// Title shown in lists.
#[secure_input]
#[derive(Debug)]
pub(crate) struct Title(
    #[validate(length(min = 1, max = 200), custom(function = not_blank))] pub(crate) String,
);

/// How urgent a note is.
#[secure_input]
#[secure_output]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Priority {
    /// Some day.
    Low,
    /// In its turn.
    Normal,
    /// Before anything else.
    High,
}

/// When to remind, and where to.
#[secure_input]
#[derive(Debug)]
pub(crate) struct Reminder {
    /// When.
    pub(crate) schedule: Schedule,
    /// The caller's own mail address.
    #[validate(length(max = 254), email)]
    pub(crate) email: String,
}

/// Once, or again and again.
#[secure_input(tag = "kind")]
#[derive(Debug)]
pub(crate) enum Schedule {
    /// Once.
    Once {
        /// In so many days.
        #[validate(range(min = 1, max = 365))]
        days: u16,
    },
    /// Every week.
    Weekly {
        /// On this day.
        day: Weekday,
    },
}

/// A day of the week.
#[secure_input]
#[derive(Debug, Clone, Copy)]
pub(crate) enum Weekday {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Schedule::Once { days: 1 } => f.write_str("tomorrow"),
            Schedule::Once { days } => write!(f, "in {days} days"),
            Schedule::Weekly { day } => write!(f, "every {day:?}"),
        }
    }
}

/// A check of our own. A client is told its name and nothing else.
fn not_blank(text: &str) -> Result<(), Blank> {
    if text.trim().is_empty() { Err(Blank) } else { Ok(()) }
}

/// The text has nothing but white space.
#[derive(Debug)]
struct Blank;
