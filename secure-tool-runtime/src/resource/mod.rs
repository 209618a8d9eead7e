//! What a handler works on beside its input, each behind a feature of its own: files beneath a
//! directory (`files`), requests to the internet (`fetch`). What belongs to somebody, and names for it, need no
//! feature.

#[cfg(feature = "fetch")]
pub mod fetch;
#[cfg(all(feature = "files", unix))]
pub mod files;
pub mod handle;
pub mod owned;
