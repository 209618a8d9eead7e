//! Files beneath a directory that the server's operator chose.
//!
//! A [`Root`] is opened once, from configuration. A [`SafePath`] is tool input: a relative path, which
//! means nothing without a root and is neither a `Path` nor a `str`. Each access resolves it beneath the
//! root in one step, in the kernel where that is possible (`openat2`, `RESOLVE_BENEATH`), and looks at
//! what was opened, never at what might be opened later.
//!
//! ```
//! use secure_tool_runtime::files::{FileError, ReadOnly, ReadWrite, Root};
//! use secure_tool_runtime::prelude::*;
//!
//! struct Documents {
//!     manuals: Root<ReadOnly>,
//!     drafts: Root<ReadWrite>,
//! }
//!
//! impl Documents {
//!     fn open() -> std::io::Result<Self> {
//!         Ok(Documents {
//!             manuals: Root::read_only("/usr/share/doc")?,
//!             drafts: Root::read_write("/var/lib/drafts")?.max_total(10 << 20),
//!         })
//!     }
//! }
//!
//! #[secure_tools]
//! impl Documents {
//!     /// Read a manual.
//!     #[secure_tool(scope = "manuals:read", effect = read)]
//!     async fn manual(
//!         &self,
//!         /// Where it is.
//!         path: SafePath,
//!     ) -> Result<String, FileError> {
//!         self.manuals.read_text(&path).await
//!     }
//!
//!     /// Keep a draft, in place of an older one of that name.
//!     #[secure_tool(scope = "drafts:write", effect = destructive)]
//!     async fn keep(
//!         &self,
//!         /// Where to.
//!         path: SafePath,
//!         /// All of it.
//!         text: Text<0, 10_000>,
//!     ) -> Result<(), FileError> {
//!         self.drafts.write(&path, text.into_string()).await
//!     }
//! }
//! ```
//!
//! What a root is not opened for does not compile:
//!
//! ```compile_fail,E0599
//! # use secure_tool_runtime::files::{FileError, ReadOnly, Root, SafePath};
//! # async fn f(manuals: Root<ReadOnly>, path: SafePath) -> Result<(), FileError> {
//! manuals.write(&path, "ours now").await
//! # }
//! ```
//!
//! Refused are: paths that leave the root, by `..`, from `/` or through a symbolic link; names of more
//! than one meaning (see [`SafePath`]); names that begin with a dot, unless [`Root::hidden_names`] says
//! otherwise; what is no regular file (devices, FIFOs, sockets); and files of which there is another hard
//! link, for it may be anywhere. A client cannot tell any of these from a file that does not exist.
//!
//! Limits: a device is opened, without blocking, before it is recognised; whoever can make one in the
//! root is trusted. Quotas count what was there when the root was opened and what went through it since:
//! open a root once and clone it. Unix only.
//!
//! Source: checklist, “Path Traversal Prevention”.

mod blocking;
mod error;
mod list;
mod open;
mod path;
mod quota;
mod read;
mod remove;
mod root;
#[cfg(test)]
mod tests;
mod write;

pub use error::FileError;
pub use list::{Entry, Kind, Listing};
pub use path::SafePath;
pub use root::{Access, CreateOnly, ReadOnly, ReadWrite, Readable, Root, Writable};
