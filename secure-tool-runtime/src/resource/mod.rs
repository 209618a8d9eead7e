//! What a handler works on beside its input: secrets, what belongs to somebody and names for it, and, each
//! behind a feature of its own, files beneath a directory (`files`), requests to the internet (`fetch`),
//! programs (`command`), databases (`sql`).

#[cfg(all(feature = "command", target_os = "linux"))]
pub mod command;
#[cfg(feature = "fetch")]
pub mod fetch;
#[cfg(all(feature = "files", unix))]
pub mod files;
pub mod handle;
pub mod owned;
pub mod secrets;
#[cfg(feature = "sql")]
pub mod sql;
