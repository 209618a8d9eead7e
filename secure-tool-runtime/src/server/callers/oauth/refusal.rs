//! Why an access token is not taken, in words for the log.

use std::time::Duration;

/// What is wrong with a token: a part of it by name, never what it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Invalid(pub(super) &'static str);

/// Why there is no caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Failed {
    /// The token is not valid, and will not be.
    Invalid(Invalid),
    /// Not valid now: its key is not known, or it is of later.
    NotNow(Invalid),
    /// The issuer cannot be asked; try again after this time.
    Unavailable(Duration),
}

impl From<Invalid> for Failed {
    fn from(invalid: Invalid) -> Self {
        Failed::Invalid(invalid)
    }
}
