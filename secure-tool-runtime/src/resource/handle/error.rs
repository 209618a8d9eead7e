//! What goes wrong with handles: one sentence for the client, the cause for the log.

use std::fmt;

use crate::PublicError;

/// Why there is no handle, or nothing behind one.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum HandleError {
    /// It is none of this caller's, names something else, or has ended: nobody can tell which.
    NoSuch,
    /// The caller has as many as anybody may.
    TooMany,
    /// The value is larger than may be kept.
    TooLarge,
    /// There is no room for handles of anybody.
    Full,
    /// It could not be kept or found. For the log only.
    Storage(Box<str>),
}

impl PublicError for HandleError {
    fn public(&self) -> Option<&'static str> {
        Some(match self {
            Self::NoSuch => "There is no such handle: it has ended, or is not yours. Begin anew.",
            Self::TooMany => "You have too many of these. Finish some, or wait until they end.",
            Self::TooLarge => "This is more than can be kept. Keep less.",
            Self::Full => "There is no room for this now. Try again later.",
            Self::Storage(_) => return None,
        })
    }
}

impl fmt::Display for HandleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSuch => f.write_str("no such handle"),
            Self::TooMany => f.write_str("the caller has too many handles"),
            Self::TooLarge => f.write_str("the value is too large to be kept"),
            Self::Full => f.write_str("there is no room for more handles"),
            Self::Storage(cause) => write!(f, "handles: {cause}"),
        }
    }
}

impl std::error::Error for HandleError {}

#[cfg(feature = "redis")]
impl From<crate::shared::Outage> for HandleError {
    fn from(outage: crate::shared::Outage) -> Self {
        Self::Storage(outage.to_string().into())
    }
}
