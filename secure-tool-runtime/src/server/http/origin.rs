//! `Host` and `Origin`: who is asked, and which page asks.
//!
//! A web page that a name resolves to loopback for (DNS rebinding) sends its own name as `Host`; a
//! page of another site sends its `Origin`. Both are refused with 403, as MCP's transport page and
//! the checklist, “Transport Security”, require.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::{
    CACHE_CONTROL, HOST, HeaderName, ORIGIN, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::server::StartError;

/// Origins from which browsers may call.
#[derive(Debug)]
pub(super) struct AllowedOrigins(Vec<HeaderValue>);

impl AllowedOrigins {
    /// Takes origins as RFC 6454 writes them: scheme, host, and port if it is not the default.
    pub(super) fn new(origins: &[String]) -> Result<Self, StartError> {
        origins.iter().map(|origin| parse(origin)).collect::<Result<_, _>>().map(AllowedOrigins)
    }
}

fn parse(origin: &str) -> Result<HeaderValue, StartError> {
    let host = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
    let plausible = host.is_some_and(|host| !host.is_empty() && !host.contains(['/', '*', '@']));
    let lower_case = origin.to_ascii_lowercase();
    HeaderValue::from_str(&lower_case).ok().filter(|_| plausible).ok_or_else(|| {
        StartError::new(
            format!("`{origin}` is not an origin"),
            "write scheme, host and port: `http://localhost:6274`",
        )
    })
}

/// Refuses what does not ask for this host, or asks from a page of another one.
pub(super) async fn check(
    State(origins): State<Arc<AllowedOrigins>>,
    request: Request,
    next: Next,
) -> Response {
    let host = request.uri().host().or_else(|| host(request.headers()));
    if !host.is_some_and(is_loopback_name) {
        return refuse("the `Host` header does not name this server\n");
    }
    if !from_allowed_origin(request.headers(), &origins) {
        return refuse("requests from this `Origin` are not allowed\n");
    }
    next.run(request).await
}

/// The host of the only `Host` header, without its port.
fn host(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(HOST).iter();
    let value = values.next().filter(|_| values.next().is_none())?.to_str().ok()?;
    match value.strip_prefix('[') {
        Some(address) => address.split_once(']').map(|(address, _)| address),
        None => value.split(':').next(),
    }
}

fn is_loopback_name(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    ["localhost", "127.0.0.1", "::1"].iter().any(|name| host.eq_ignore_ascii_case(name))
}

/// Clients that are not browsers send no `Origin`.
fn from_allowed_origin(headers: &HeaderMap, origins: &AllowedOrigins) -> bool {
    headers.get_all(ORIGIN).iter().all(|origin| {
        origins.0.iter().any(|allowed| allowed.as_bytes().eq_ignore_ascii_case(origin.as_bytes()))
    })
}

fn refuse(text: &'static str) -> Response {
    tracing::warn!(target: "secure_tool", "refused: {}", text.trim_end());
    (StatusCode::FORBIDDEN, text).into_response()
}

/// Headers that keep an answer from being cached, guessed at or passed on.
pub(super) async fn harden(request: Request, next: Next) -> Response {
    const HEADERS: [(HeaderName, HeaderValue); 3] = [
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    ];
    let mut response = next.run(request).await;
    response.headers_mut().extend(HEADERS);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: HeaderName, values: &[&'static str]) -> HeaderMap {
        values.iter().map(|value| (name.clone(), HeaderValue::from_static(value))).collect()
    }

    #[test]
    fn only_loopback_names_are_hosts() {
        for (values, expected) in [
            (&["localhost:8080"][..], true),
            (&["LOCALHOST"], true),
            (&["127.0.0.1:80"], true),
            (&["[::1]:8080"], true),
            (&["evil.example"], false),
            (&["localhost.evil.example"], false),
            (&["127.0.0.1.evil.example"], false),
            (&["127.0.0.1@evil.example"], false),
            (&["localhost", "evil.example"], false),
            (&[""], false),
            (&[], false),
        ] {
            let headers = headers(HOST, values);
            assert_eq!(host(&headers).is_some_and(is_loopback_name), expected, "{values:?}");
        }
    }

    #[test]
    fn an_origin_is_allowed_only_if_it_is_listed() {
        let none = AllowedOrigins::new(&[]).unwrap();
        let one = AllowedOrigins::new(&["http://localhost:6274".into()]).unwrap();
        assert!(from_allowed_origin(&headers(ORIGIN, &[]), &none));
        assert!(!from_allowed_origin(&headers(ORIGIN, &["null"]), &none));
        assert!(!from_allowed_origin(&headers(ORIGIN, &["http://localhost:6274"]), &none));
        assert!(from_allowed_origin(&headers(ORIGIN, &["http://localhost:6274"]), &one));
        assert!(!from_allowed_origin(&headers(ORIGIN, &["http://localhost:62740"]), &one));
        let both = headers(ORIGIN, &["http://localhost:6274", "https://evil.example"]);
        assert!(!from_allowed_origin(&both, &one));
    }

    #[test]
    fn what_is_no_origin_is_refused_at_start() {
        for origin in ["localhost", "https://", "https://*", "https://a/b", "ftp://a", ""] {
            assert!(AllowedOrigins::new(&[origin.to_owned()]).is_err(), "{origin}");
        }
    }
}
