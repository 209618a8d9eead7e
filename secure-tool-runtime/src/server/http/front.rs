//! What every request passes first: who is asked, by which page, from where. And what every answer
//! gets last.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::Request;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;

use super::exposure::Exposure;
use super::notice::Notice;
use super::origins::{AllowedOrigins, Asker, is_preflight, preflight};
use super::reason::Reason;
use super::refusal::plain;

/// Headers that keep an answer from being cached, guessed at, passed on or shown in a page.
const HARDENING: [(HeaderName, HeaderValue); 4] = [
    (CACHE_CONTROL, HeaderValue::from_static("no-store")),
    (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (
        CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"),
    ),
];

/// A year (RFC 6797). Only for this name: what others there are is not ours to say.
const ONLY_TLS: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// What is known about who may ask.
#[derive(Debug)]
pub(super) struct Front {
    exposure: Arc<Exposure>,
    origins: AllowedOrigins,
    refusals: Mutex<Notice>,
}

/// Why a request goes no further.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    Host,
    Origin,
    Contradiction,
    /// A browser asks only whether it may.
    Preflight,
}

impl Front {
    pub(super) fn new(exposure: Arc<Exposure>, origins: AllowedOrigins) -> Self {
        Front { exposure, origins, refusals: Mutex::new(Notice::new()) }
    }

    /// What asks.
    pub(super) fn asker(&self, request: &Request) -> Asker<'_> {
        self.origins.asker(request.uri(), request.headers(), self.exposure.scheme())
    }

    /// What every answer gets last.
    pub(super) fn finish(&self, asker: Asker<'_>, headers: &mut HeaderMap) {
        headers.extend(HARDENING);
        if self.exposure.is_https() {
            headers.insert(STRICT_TRANSPORT_SECURITY, ONLY_TLS);
        }
        self.origins.let_see(asker, headers);
    }

    pub(super) fn refuse(&self, stop: Stop) -> Response {
        let Some((reason, status, text)) = stop.reason() else { return preflight() };
        let told = self.refusals.lock().unwrap_or_else(PoisonError::into_inner).count();
        if let Some(count) = told {
            tracing::warn!(target: "secure_tool", count, "refused: {}", text.trim_end());
        }
        reason.mark(plain(status, text))
    }

    /// Where a request comes from; or why it goes no further: it does not ask for this server, or asks
    /// from a page of another one.
    pub(super) fn judge(
        &self,
        peer: IpAddr,
        asker: Asker<'_>,
        request: &Request,
    ) -> Result<IpAddr, Stop> {
        if !self.exposure.hosts.are_asked(request.uri(), request.headers()) {
            return Err(Stop::Host);
        }
        match asker {
            Asker::Stranger => return Err(Stop::Origin),
            Asker::Page(_) if is_preflight(request) => return Err(Stop::Preflight),
            Asker::Page(_) | Asker::Program => {}
        }
        match &self.exposure.proxies {
            Some(proxies) => {
                proxies.client(peer, request.headers()).map_err(|_| Stop::Contradiction)
            }
            None => Ok(peer),
        }
    }
}

impl Stop {
    /// What a request is told that is refused; nothing for one that only asked.
    fn reason(self) -> Option<(Reason, StatusCode, &'static str)> {
        let forbidden = |reason, text| (reason, StatusCode::FORBIDDEN, text);
        Some(match self {
            Stop::Preflight => return None,
            Stop::Host => forbidden(Reason::Host, "the `Host` header does not name this server\n"),
            Stop::Origin => {
                forbidden(Reason::Origin, "requests from this `Origin` are not allowed\n")
            }
            Stop::Contradiction => (
                Reason::Forwarded,
                StatusCode::BAD_REQUEST,
                "`Forwarded` and `X-Forwarded-For` contradict each other\n",
            ),
        })
    }
}
