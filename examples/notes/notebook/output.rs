//! What clients get. Every field is disclosed by decision: what must stay is `#[sensitive]`.

use std::collections::BTreeMap;

use secure_tool_runtime::prelude::*;

use super::input::{NoteId, Priority};

/// A note.
#[secure_output]
#[derive(Debug)]
pub(crate) struct Note {
    /// Its number.
    pub(crate) id: NoteId,
    /// Title shown in lists.
    pub(crate) title: String,
    /// The text.
    pub(crate) body: String,
    /// How urgent it is.
    pub(crate) priority: Priority,
    /// Labels to find it by.
    pub(crate) labels: Vec<String>,
    /// Facts about it, by name.
    pub(crate) facts: BTreeMap<String, String>,
    /// The page that it is about.
    pub(crate) source: Option<String>,
    /// Whose it is: the caller's, who knows. It does not leave the server.
    #[sensitive]
    pub(crate) owner: String,
}

/// A note in a list.
#[secure_output]
#[derive(Debug)]
pub(crate) struct Summary {
    /// Its number, to read it with.
    pub(crate) id: NoteId,
    /// Its title.
    pub(crate) title: String,
    /// How urgent it is.
    pub(crate) priority: Priority,
}

/// Notes, the most urgent first.
#[secure_output]
#[derive(Debug)]
pub(crate) struct Notes {
    /// The notes.
    pub(crate) notes: Vec<Summary>,
}

/// A note that is gone.
#[secure_output]
#[derive(Debug)]
pub(crate) struct Deleted {
    /// The number that it had.
    pub(crate) id: NoteId,
}

/// A reminder as it was set.
#[secure_output]
#[derive(Debug)]
pub(crate) struct ReminderSet {
    /// The note's number.
    pub(crate) id: NoteId,
    /// When the mail is sent.
    pub(crate) schedule: String,
    /// Where it is sent. The client sees that there is an address, but not which.
    #[sensitive(mask)]
    pub(crate) email: String,
}

impl Note {
    /// A section of a Markdown document.
    pub(crate) fn to_markdown(&self) -> String {
        format!("\n## {}\n\n{}\n", self.title, self.body)
    }
}
