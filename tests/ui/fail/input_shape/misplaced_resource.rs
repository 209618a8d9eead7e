//! A resource where nothing would load it: in a type, a list, a map, a box, twice optional, under a check.
#![allow(unused)]
use std::collections::BTreeMap;
use std::convert::Infallible;

use secure_tool_runtime::prelude::*;

struct Note {
    owner: String,
}

impl OwnedResource for Note {
    type Id = u16;
    type Store = ();
    type Error = Infallible;
    async fn find(_: Wanted<'_, Self>) -> Result<Option<Self>, Infallible> {
        Ok(None)
    }
    fn owner(&self) -> &str {
        &self.owner
    }
}

#[secure_input]
struct Move {
    /// What to move.
    note: Owned<Note>,
}

#[secure_input]
struct Wrapped(Option<Owned<Note>>);

#[secure_input(tag = "kind")]
enum Change {
    /// Remove it.
    Remove {
        /// Which.
        note: Owned<Note>,
    },
}

fn check(_: &Owned<Note>) -> Result<(), Infallible> {
    Ok(())
}

/// Move notes.
#[secure_tool(scope = "notes:write", effect = write)]
async fn move_notes(
    /// Several.
    several: List<Owned<Note>, 0, 10>,
    /// By name.
    by_name: Map<Text<1, 10>, Owned<Note>, 0, 10>,
    /// Many.
    #[validate(length(max = 10))]
    many: Vec<Owned<Note>>,
    /// In a box.
    boxed: Box<Owned<Note>>,
    /// Twice.
    twice: Option<Option<Owned<Note>>>,
    /// Checked.
    #[validate(custom(function = check))]
    checked: Owned<Note>,
) {
}

fn main() {}
