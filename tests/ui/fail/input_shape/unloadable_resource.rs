//! What is no resource; what is loaded from somewhere else; loading without the runtime.
#![allow(unused)]
use std::convert::Infallible;

use secure_tool_runtime::prelude::*;

struct Note {
    owner: String,
}

impl OwnedResource for Note {
    type Id = u16;
    type Store = Notes;
    type Error = Infallible;
    async fn find(_: Wanted<'_, Self>) -> Result<Option<Self>, Infallible> {
        Ok(None)
    }
    fn owner(&self) -> &str {
        &self.owner
    }
}

struct Notes;
struct Other;
struct Plain;

#[secure_tools]
impl Notes {
    /// Read something.
    #[secure_tool(scope = "notes:read", effect = read)]
    async fn read(
        &self,
        /// Which.
        plain: Owned<Plain>,
    ) {
    }

    /// Read a note.
    #[secure_tool(scope = "notes:read", effect = read)]
    async fn read_another(
        &self,
        /// Which.
        note: u16,
    ) {
        let found = Note::find(Wanted { id: &note, store: self, caller: todo!() }).await;
        let owned: Owned<Note> = Owned(todo!());
    }
}

#[secure_tools]
impl Other {
    /// Read a note.
    #[secure_tool(scope = "notes:read", effect = read)]
    async fn read_elsewhere(
        &self,
        /// Which.
        note: Owned<Note>,
    ) {
    }
}

fn main() {}
