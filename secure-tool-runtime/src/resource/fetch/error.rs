//! What goes wrong with requests: one sentence for the client, the cause for the log.

use std::error::Error;
use std::fmt;

use super::resolver::NotPublic;
use crate::PublicError;

/// Why nothing was fetched.
///
/// What a client is told never says whether a host exists that it may not reach. The cause is a
/// `tracing` event at the target `secure_tool::fetch`, without the URL.
#[derive(Debug)]
#[non_exhaustive]
pub enum FetchError {
    /// The host, the port or an address is not allowed. For the log: which, and why.
    Refused(&'static str),
    /// The host could not be reached, or does not speak HTTP over TLS properly.
    Unreachable(Box<dyn Error + Send + Sync>),
    /// More redirects than [`Fetcher::max_redirects`](super::Fetcher::max_redirects).
    TooManyRedirects,
    /// A longer body than [`Fetcher::max_body`](super::Fetcher::max_body).
    TooLarge,
    /// Not done within [`Fetcher::timeout`](super::Fetcher::timeout).
    TimedOut,
    /// The body is not UTF-8.
    NotText,
}

impl FetchError {
    pub(super) fn of(error: reqwest::Error) -> Self {
        let error = error.without_url();
        let mut source = error.source();
        while let Some(inner) = source {
            if let Some(NotPublic(what)) = inner.downcast_ref() {
                return Self::Refused(what);
            }
            source = inner.source();
        }
        Self::Unreachable(error.into())
    }

    /// Tells the log why.
    pub(super) fn logged(self) -> Self {
        tracing::warn!(target: "secure_tool::fetch", cause = %self, "refused");
        self
    }
}

impl PublicError for FetchError {
    fn public(&self) -> Option<&'static str> {
        Some(match self {
            Self::Refused(_) | Self::Unreachable(_) => "That address cannot be fetched.",
            Self::TooManyRedirects => "The server redirects too often.",
            Self::TooLarge => "The response is larger than may be fetched.",
            Self::TimedOut => "The server took too long to answer.",
            Self::NotText => "The response is not text.",
        })
    }
}

impl fmt::Display for FetchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(what) => write!(f, "not allowed: {what}"),
            Self::Unreachable(error) => write!(f, "unreachable: {error}"),
            Self::TooManyRedirects => f.write_str("too many redirects"),
            Self::TooLarge => f.write_str("the body is too long"),
            Self::TimedOut => f.write_str("out of time"),
            Self::NotText => f.write_str("not UTF-8"),
        }
    }
}

impl Error for FetchError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Unreachable(error) => Some(&**error),
            _ => None,
        }
    }
}
