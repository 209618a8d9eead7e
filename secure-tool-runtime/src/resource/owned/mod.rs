//! What belongs to somebody: an identifier on the wire, and in the handler the thing itself.
//!
//! A client names a resource; the runtime loads it, once, and lets the call go on only if it belongs to
//! the caller or is shared with them. The handler gets an [`Owned`], which nothing else makes: neither
//! loading without the check nor loading twice can be written. Somebody else's and what does not exist
//! get the same answer; the audit log tells them apart.
//!
//! ```
//! use secure_tool_runtime::prelude::*;
//! use secure_tool_runtime::policy::Effect;
//!
//! pub struct Notes { /* a database */ }
//!
//! /// The number of a note.
//! #[secure_input]
//! pub struct NoteId(#[validate(range(min = 1, max = 4_000_000_000))] i64);
//!
//! pub struct Note { title: String, owner: String, readers: Vec<String> }
//!
//! impl OwnedResource for Note {
//!     type Id = NoteId;
//!     type Store = Notes;
//!     type Error = std::io::Error;
//!
//!     async fn find(wanted: Wanted<'_, Self>) -> Result<Option<Self>, Self::Error> {
//!         wanted.store().read(wanted.id().0).await
//!     }
//!
//!     fn owner(&self) -> &str {
//!         &self.owner
//!     }
//!
//!     // Whoever is on the list may read.
//!     fn shared_with(&self, caller: &Caller, effect: Effect) -> bool {
//!         effect == Effect::Read && self.readers.iter().any(|reader| reader == caller.subject().as_str())
//!     }
//! }
//!
//! #[secure_tools]
//! impl Notes {
//!     /// Delete one of the caller's notes.
//!     #[secure_tool(scope = "notes:write", effect = destructive, confirm = "Delete “{note.title}”?")]
//!     async fn delete_note(
//!         &self,
//!         /// Which one.
//!         note: Owned<Note>,
//!     ) -> Result<(), std::io::Error> {
//!         self.delete(note.into_inner()).await
//!     }
//! }
//! # impl Notes {
//! #     async fn read(&self, _: i64) -> Result<Option<Note>, std::io::Error> { Ok(None) }
//! #     async fn delete(&self, _: Note) -> Result<(), std::io::Error> { Ok(()) }
//! # }
//! ```
//!
//! Loading comes after the bounds of the input and the server's authorizer, and before the tool's policy,
//! which sees the resource, and the question to the person, which may show it. It counts into the time
//! limit of the tool.
//!
//! Limits: what is loaded is as it was when it was loaded. Whoever writes says in the statement whose row
//! it is, too (`WHERE id = ? AND owner = ?`), for a resource may change hands in between. An answer about
//! somebody else's row may take longer than one about no row: where that matters, ask for the owner in the
//! statement of [`OwnedResource::find`] already.
//!
//! Source: checklist, “Authorization”; MCP security best practices, on state handles.

mod load;

use std::any::Any;
use std::fmt;
use std::ops::Deref;

use schemars::{Schema, SchemaGenerator};
use serde_json::Value;

#[doc(hidden)]
pub use self::load::parameter;
use crate::caller::Caller;
use crate::input::{At, DeclaresNothing, Input, Rules, Violations};
use crate::kind::Kind;
use crate::policy::Effect;

/// Something that belongs to a principal and that clients name by an identifier.
///
/// Implement it for what tools take as [`Owned`]; see the [module](self).
#[diagnostic::on_unimplemented(
    message = "nobody knows how to load `{Self}`, or whose it is",
    label = "not a resource",
    note = "implement `OwnedResource` for it: how it is found by its identifier, and who owns it"
)]
pub trait OwnedResource: Sized + Send + Sync + 'static {
    /// What names it on the wire: bounded input.
    type Id: Input + Sync;

    /// What it is loaded from: the type whose methods the tools are, or `()` for free functions.
    type Store: Sync + 'static;

    /// Why it could not be loaded. For the log only; the client gets a reference id.
    type Error: fmt::Debug;

    /// Looks it up. `None` if there is none.
    ///
    /// # Errors
    /// If it cannot be told whether there is one: the call fails.
    fn find(
        wanted: Wanted<'_, Self>,
    ) -> impl Future<Output = Result<Option<Self>, Self::Error>> + Send;

    /// To whom it belongs: the subject of a caller, exactly as [`Subject::as_str`](crate::Subject::as_str)
    /// spelled it when the resource was made.
    fn owner(&self) -> &str;

    /// True if somebody who does not own it may do this with it, too: what the tool says its `effect`
    /// is. Asked only for those who do not own it; nobody, if nothing is said.
    fn shared_with(&self, caller: &Caller, effect: Effect) -> bool {
        let _ = (caller, effect);
        false
    }
}

/// A resource that a call asks for. Made by the runtime alone, so that nothing is loaded without the
/// check that follows.
pub struct Wanted<'a, R: OwnedResource> {
    id: &'a R::Id,
    store: &'a R::Store,
    caller: &'a Caller,
}

impl<'a, R: OwnedResource> Wanted<'a, R> {
    /// Which one, as the client names it.
    #[must_use]
    pub fn id(&self) -> &'a R::Id {
        self.id
    }

    /// Where to look.
    #[must_use]
    pub fn store(&self) -> &'a R::Store {
        self.store
    }

    /// Who asks. To be put into the statement if the store can look for the owner, too.
    #[must_use]
    pub fn caller(&self) -> &'a Caller {
        self.caller
    }
}

impl<R: OwnedResource> fmt::Debug for Wanted<'_, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Wanted(…)")
    }
}

/// A resource of the caller's: tool input that a client names, and a handler gets loaded and checked.
///
/// A parameter of its own, or an `Option` of one; it cannot be part of other input, where nothing would
/// load it.
pub struct Owned<R>(State<R>);

enum State<R> {
    /// Decoded: its `R::Id`, whose type is not spelled here so that the compiler asks once whether `R` is a
    /// resource. Expansions load it before anybody's code sees it.
    Named(Box<dyn Any + Send + Sync>),
    Loaded(R),
}

impl<R> Owned<R> {
    /// The resource itself.
    #[must_use]
    pub fn into_inner(self) -> R {
        match self.0 {
            State::Loaded(resource) => resource,
            State::Named(_) => not_loaded(),
        }
    }
}

impl<R> Deref for Owned<R> {
    type Target = R;
    fn deref(&self) -> &R {
        match &self.0 {
            State::Loaded(resource) => resource,
            State::Named(_) => not_loaded(),
        }
    }
}

/// Ends the call, should an expansion ever hand out what it did not load.
fn not_loaded() -> ! {
    unreachable!("an owned resource is loaded before it is seen")
}

impl<R> fmt::Debug for Owned<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Owned(…)")
    }
}

impl<R: OwnedResource, D: DeclaresNothing> Input<D> for Owned<R> {
    const FAULT: Option<&'static str> = <R::Id as Input>::FAULT;
    // Whatever names it: it is checked to be the caller's.
    const KIND: Kind = Kind::Other;
    const IS_RESOURCE: bool = true;

    fn schema(generator: &mut SchemaGenerator, _: &Rules) -> Schema {
        <R::Id as Input>::schema(generator, &Rules::NONE)
    }

    fn decode(value: Value, _: &Rules, at: &At<'_>, violations: &mut Violations) -> Option<Self> {
        let id = <R::Id as Input>::decode(value, &Rules::NONE, at, violations)?;
        Some(Owned(State::Named(Box::new(id))))
    }
}
