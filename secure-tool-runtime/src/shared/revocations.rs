//! What was revoked, as an instance knows it.

#[cfg(feature = "http")]
pub(crate) use self::list::Revocations;
use super::Key;
#[cfg(feature = "http")]
mod list;

/// What is revoked in a [`Store`](super::Store).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revoked {
    /// Another one after each change; 0 if nothing was revoked yet.
    pub version: u64,
    /// Each, and for how long still.
    pub keys: Vec<(Key, std::time::Duration)>,
}
