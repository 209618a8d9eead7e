//! What goes wrong, and what a client may know about it.

use secure_tool_runtime::prelude::*;
use secure_tool_runtime::sql::SqlError;

/// An error of the notebook.
#[public_error]
#[derive(Debug)]
pub(crate) enum NotebookError {
    /// Also for a note of somebody else: the two must look alike.
    #[public("There is no such note in your notebook. Use `list_notes` to see what there is.")]
    NoSuchNote,
    /// The caller can do something about it, so it is told.
    #[public("Your notebook is full: it has 1000 notes. Delete some first.")]
    Full,
    /// A fault of ours: the client gets a reference id, the audit log the number.
    #[internal]
    UnknownPriority(i64),
    /// A fault of the database, or too much at once.
    #[internal]
    Database(#[from] SqlError),
}
