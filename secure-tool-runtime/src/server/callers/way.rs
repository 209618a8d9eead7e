//! What a way of knowing callers over HTTP is.

use std::fmt;
use std::net::IpAddr;
use std::pin::Pin;
use std::time::Duration;

use http::header::AUTHORIZATION;
use http::{Extensions, HeaderMap};

use crate::caller::Caller;

/// The longest bearer token that any way looks at, in bytes.
const TOKEN_CEILING: usize = 16 << 10;

/// A way of knowing callers over HTTP.
pub(crate) trait Authenticate: fmt::Debug + Send + Sync {
    /// Says whose request this is. Nothing of what was presented may be shown to anybody.
    ///
    /// What is answered [`Judgement::Now`] has to be cheap: it is asked for without limit. What takes
    /// cryptography or waiting belongs into [`Judgement::Later`], which addresses that failed too
    /// often do not reach.
    fn judge<'a>(&'a self, presented: &Presented<'a>) -> Judgement<'a>;

    /// True if it must not be reached from other machines.
    fn only_on_loopback(&self) -> bool {
        false
    }

    /// What clients have to know to get a token that it takes.
    #[cfg(feature = "oauth")]
    fn resource(&self) -> Option<super::oauth::Resource<'_>> {
        None
    }

    /// True if it knows nobody unless clients are asked for certificates.
    #[cfg(feature = "tls")]
    fn needs_client_certificates(&self) -> bool {
        false
    }
}

/// What a request presents of its sender.
pub(crate) struct Presented<'a> {
    extensions: &'a Extensions,
    address: IpAddr,
    bearer: Bearer<'a>,
}

/// The bearer token of a request (RFC 6750 §2.1).
#[derive(Clone, Copy)]
enum Bearer<'a> {
    None,
    /// Two of them, of another scheme, too long: as good as none.
    Unusable,
    Token(&'a str),
}

impl<'a> Presented<'a> {
    pub(crate) fn new(headers: &'a HeaderMap, extensions: &'a Extensions, address: IpAddr) -> Self {
        Presented { extensions, address, bearer: bearer(headers) }
    }

    /// The bearer token, of at most 16 KiB of visible ASCII.
    pub(crate) fn token(&self) -> Option<&'a str> {
        match self.bearer {
            Bearer::Token(token) => Some(token),
            Bearer::None | Bearer::Unusable => None,
        }
    }

    /// True if there is an `Authorization` header that nobody could accept.
    pub(super) fn is_unusable(&self) -> bool {
        matches!(self.bearer, Bearer::Unusable)
    }

    /// True if there is no `Authorization` header at all.
    pub(super) fn is_without_token(&self) -> bool {
        matches!(self.bearer, Bearer::None)
    }

    /// What the transport knows of the connection, such as a certificate.
    #[cfg_attr(
        not(feature = "tls"),
        expect(dead_code, reason = "for ways that look at the connection")
    )]
    pub(crate) fn extensions(&self) -> &'a Extensions {
        self.extensions
    }

    /// Where the request comes from.
    pub(crate) fn address(&self) -> IpAddr {
        self.address
    }
}

/// What a way says of a request.
#[derive(Debug)]
pub(crate) enum Verdict {
    /// Nothing in it is for this way: the next one is asked.
    NotMine,
    /// It is for this way, and is not valid.
    Refused(Refused),
    /// It comes from this caller.
    Known(Caller),
    /// It cannot be told at the moment: the client may try again after this time.
    #[cfg_attr(not(feature = "oauth"), allow(dead_code, reason = "for ways that ask somebody"))]
    Unavailable(Duration),
}

/// Why a request is refused, for the log. The client learns only that it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refused {
    /// No such token was given out.
    UnknownToken,
    /// What was presented is not valid, for this reason.
    #[cfg_attr(not(feature = "oauth"), allow(dead_code, reason = "for ways that say more"))]
    Because(&'static str),
}

impl Refused {
    /// A fixed text, without anything of the request.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Refused::UnknownToken => "unknown",
            Refused::Because(reason) => reason,
        }
    }
}

/// A verdict, or what makes one.
pub(crate) enum Judgement<'a> {
    /// It is known already.
    Now(Verdict),
    /// It takes cryptography, or somebody else has to be asked.
    #[cfg_attr(not(feature = "oauth"), allow(dead_code, reason = "for ways that ask somebody"))]
    Later(Pin<Box<dyn Future<Output = Verdict> + Send + 'a>>),
}

impl From<Verdict> for Judgement<'_> {
    fn from(verdict: Verdict) -> Self {
        Judgement::Now(verdict)
    }
}

/// The token of the only `Authorization` header.
fn bearer(headers: &HeaderMap) -> Bearer<'_> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let Some(value) = values.next() else { return Bearer::None };
    if values.next().is_some() || value.len() > TOKEN_CEILING {
        return Bearer::Unusable;
    }
    let Ok(value) = value.to_str() else { return Bearer::Unusable };
    match value.split_once(' ') {
        // RFC 9110 §11.1: schemes are not case-sensitive.
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => {
            match token.trim_matches(' ') {
                "" => Bearer::Unusable,
                token => Bearer::Token(token),
            }
        }
        _ => Bearer::Unusable,
    }
}
