//! What a handler works on beside its input, each behind a feature of its own: files beneath a
//! directory (`files`).

#[cfg(all(feature = "files", unix))]
pub mod files;
