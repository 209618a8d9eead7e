//! Why a request is refused before it is a call, for those who count refusals.

use axum::response::Response;
use http::StatusCode;

use super::Connections;
use crate::guarded_tools::GuardedTools;
#[cfg(feature = "metrics")]
use crate::metrics::Refusals;

/// The reason of a refusal. It travels in the extensions of the answer, so that one place counts all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reason {
    Host,
    Origin,
    /// Two headers of proxies that contradict each other.
    Forwarded,
    NoToken,
    InvalidToken,
    /// Too many failures from an address.
    Failures,
    /// Tokens cannot be checked.
    Unchecked,
    ContentType,
    Accept,
    TooLarge,
    TooSlow,
    /// Too many sessions.
    Sessions,
    /// Whatever else is no message, or not one for this server.
    Message,
}

impl Reason {
    #[cfg(feature = "metrics")]
    const ALL: [Reason; 13] = [
        Reason::Host,
        Reason::Origin,
        Reason::Forwarded,
        Reason::NoToken,
        Reason::InvalidToken,
        Reason::Failures,
        Reason::Unchecked,
        Reason::ContentType,
        Reason::Accept,
        Reason::TooLarge,
        Reason::TooSlow,
        Reason::Sessions,
        Reason::Message,
    ];

    #[cfg(feature = "metrics")]
    pub(crate) fn codes() -> impl Iterator<Item = &'static str> {
        Self::ALL.into_iter().map(Self::code)
    }

    #[cfg(feature = "metrics")]
    fn code(self) -> &'static str {
        match self {
            Reason::Host => "host",
            Reason::Origin => "origin",
            Reason::Forwarded => "forwarded",
            Reason::NoToken => "no_token",
            Reason::InvalidToken => "invalid_token",
            Reason::Failures => "failures",
            Reason::Unchecked => "unchecked",
            Reason::ContentType => "content_type",
            Reason::Accept => "accept",
            Reason::TooLarge => "too_large",
            Reason::TooSlow => "too_slow",
            Reason::Sessions => "sessions",
            Reason::Message => "message",
        }
    }

    /// Of what the protocol refuses.
    pub(super) fn of_status(status: StatusCode) -> Self {
        match status {
            StatusCode::NOT_ACCEPTABLE => Reason::Accept,
            StatusCode::PAYLOAD_TOO_LARGE => Reason::TooLarge,
            StatusCode::TOO_MANY_REQUESTS => Reason::Sessions,
            _ => Reason::Message,
        }
    }

    /// Says that an answer is a refusal for this reason.
    pub(super) fn mark(self, mut response: Response) -> Response {
        if cfg!(feature = "metrics") {
            response.extensions_mut().insert(self);
        }
        response
    }
}

/// Counts refusals, if there are metrics.
#[derive(Debug, Clone)]
pub(super) struct Tally {
    #[cfg(feature = "metrics")]
    refusals: Option<Refusals>,
}

#[cfg(feature = "metrics")]
impl Tally {
    pub(super) fn new(tools: &GuardedTools, connections: &Connections) -> Self {
        Tally { refusals: tools.watch(connections) }
    }

    pub(super) fn count(&self, response: &Response) {
        if let (Some(refusals), Some(reason)) = (&self.refusals, response.extensions().get()) {
            refusals.count(Reason::code(*reason));
        }
    }
}

#[cfg(not(feature = "metrics"))]
impl Tally {
    pub(super) fn new(_: &GuardedTools, _: &Connections) -> Self {
        Tally {}
    }

    pub(super) fn count(&self, _: &Response) {}
}
