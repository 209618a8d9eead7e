//! A set of tools that uses each part of the grammar once.

use std::collections::BTreeMap;

use secure_tool_runtime::prelude::*;
use secure_tool_runtime::{public_error, secure_input, secure_output, secure_tool, secure_tools};

pub struct Notes;

#[secure_tools]
impl Notes {
    /// The most that a title may have.
    pub const TITLE_MAX: usize = 200;

    /// Add a note to the caller's notebook.
    #[secure_tool(scope = "notes:write", effect = write, rate = "30/min")]
    pub async fn add_note(
        &self,
        caller: &Caller,
        /// Title shown in lists.
        #[validate(length(min = 1, max = Self::TITLE_MAX), contains(pattern = "e"))]
        #[validate(custom(function = Self::is_polite))]
        title: String,
        /// Labels to find the note by.
        #[validate(length(max = 10))]
        tags: Vec<Text<1, 32>>,
        /// How much it matters.
        priority: Priority,
        /// Which notes it belongs to.
        filter: Option<Filter>,
        /// Where it comes from.
        #[validate(length(max = 4))]
        sources: BTreeMap<Text<1, 8>, Place>,
        /// Its weight.
        #[validate(range(min = -1.5, max = 1000))]
        weight: f64,
    ) -> Result<Note, NotesError> {
        let _ = (tags, filter, sources, weight);
        Ok(Note { id: NoteId(1), title, priority, owner: caller.subject().clone(), key: "secret".into() })
    }

    /// Delete a note.
    #[secure_tool(role = ["admin", "owner"], policy = Self::may_delete, effect = destructive, idempotent)]
    async fn delete_note(
        &self,
        context: &Context,
        /// Which one.
        id: NoteId,
    ) -> Result<(), NotesError> {
        let _ = context;
        if id.0 > 3 { Err(NotesError::Locked) } else { Ok(()) }
    }

    async fn may_delete(&self, caller: &Caller, input: &DeleteNoteInput) -> Decision {
        Decision::allow_if(caller.has_role("admin") && input.id.0 > 0)
    }

    fn is_polite(title: &str) -> Result<(), ()> {
        if title.contains("damn") { Err(()) } else { Ok(()) }
    }
}

/// The time of day.
#[secure_tool(public = "a clock is on the wall", effect = read)]
pub async fn time() -> &'static str {
    "noon"
}

/// How much a note matters.
#[secure_input]
#[secure_output]
#[derive(Debug, Clone, Copy)]
pub enum Priority {
    Low,
    /// Neither nor.
    Normal,
    #[name = "urgent"]
    VeryHigh,
}

#[secure_output]
#[secure_input]
pub struct Place {
    /// Its name.
    #[validate(length(max = 20))]
    #[name = "label"]
    name: String,
    #[sensitive]
    /// Its number.
    number: u8,
}

#[secure_input(tag = "kind")]
pub enum Filter {
    /// All of them.
    All,
    /// Those with a tag.
    Tagged {
        /// The tag.
        tag: Text<1, 32>,
    },
    Not {
        /// What they must not be.
        inner: Box<Filter>,
    },
}

#[secure_input]
#[secure_output]
pub struct NoteId(#[validate(range(min = 1, max = 1_000_000))] u32);

#[secure_output]
pub struct Note {
    id: NoteId,
    title: String,
    priority: Priority,
    #[sensitive]
    owner: Subject,
    #[sensitive(mask)]
    key: String,
}

#[public_error]
pub enum NotesError {
    #[public("That note is locked.")]
    Locked,
    #[internal]
    Io(#[from] std::io::Error),
    #[internal]
    Other(#[from] Box<dyn std::error::Error + Send + Sync>),
    #[internal]
    Corrupt { offset: usize, text: String },
}

fn main() {
    let set = ToolSet::new(Notes).and(tools![time]);
    assert_eq!(set.names().collect::<Vec<_>>(), ["add_note", "delete_note", "time"]);
    let corrupt = NotesError::Corrupt { offset: 1, text: String::new() };
    assert_eq!(corrupt.to_string(), "internal error");
    let io: NotesError = std::io::Error::other("disk").into();
    assert!(std::error::Error::source(&io).is_some());
    let _ = Place { name: String::new(), number: 1 };
}
