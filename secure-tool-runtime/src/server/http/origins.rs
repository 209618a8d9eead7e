//! `Origin`: which page asks, and what browsers let it see (CORS).
//!
//! A page of another site sends its `Origin`, which is refused with 403 unless it is listed (MCP,
//! Transports; checklist, "Transport Security"). Pages of listed origins may call with a token of
//! their own; cookies are never theirs to send.

use axum::extract::Request;
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD, HOST,
    ORIGIN, VARY,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};

use crate::server::StartError;

/// What a page may send beside what every page may.
const REQUEST_HEADERS: HeaderValue = HeaderValue::from_static(
    "authorization, content-type, accept, mcp-protocol-version, mcp-method, mcp-name, mcp-session-id, last-event-id",
);
/// The second ends a session.
const METHODS: HeaderValue = HeaderValue::from_static("POST, DELETE");
/// What a page may read beside what every page may.
const RESPONSE_HEADERS: HeaderValue =
    HeaderValue::from_static("www-authenticate, mcp-session-id, retry-after");
/// How long a browser may remember, in seconds.
const MAX_AGE: HeaderValue = HeaderValue::from_static("600");
/// Caches have to know that answers differ.
const VARIES: HeaderValue = HeaderValue::from_static("origin");

/// Origins from which browsers may call.
#[derive(Debug)]
pub(super) struct AllowedOrigins(Vec<HeaderValue>);

/// Where a request comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asker<'a> {
    /// No page, or one of this server's own.
    Program,
    /// A page of this listed origin.
    Page(&'a HeaderValue),
    /// A page of another one.
    Stranger,
}

impl AllowedOrigins {
    /// Takes origins as RFC 6454 writes them: scheme, host, and port if it is not the default.
    pub(super) fn new(origins: &[String]) -> Result<Self, StartError> {
        origins.iter().map(|origin| parse(origin)).collect::<Result<_, _>>().map(AllowedOrigins)
    }

    /// Who asks. Clients that are not browsers send no `Origin`, or that of the server itself, which is
    /// `scheme` and the `Host` that is looked at elsewhere.
    pub(super) fn asker(&self, uri: &Uri, headers: &HeaderMap, scheme: &str) -> Asker<'_> {
        let mut origins = headers.get_all(ORIGIN).iter();
        let Some(origin) = origins.next() else { return Asker::Program };
        if origins.next().is_some() {
            return Asker::Stranger;
        }
        let is_origin =
            |allowed: &&HeaderValue| allowed.as_bytes().eq_ignore_ascii_case(origin.as_bytes());
        match self.0.iter().find(is_origin) {
            Some(listed) => Asker::Page(listed),
            None if is_own(origin, uri, headers, scheme) => Asker::Program,
            None => Asker::Stranger,
        }
    }

    /// Lets a page of a listed origin see an answer.
    pub(super) fn let_see(&self, asker: Asker<'_>, headers: &mut HeaderMap) {
        if self.0.is_empty() {
            return;
        }
        headers.append(VARY, VARIES);
        if let Asker::Page(origin) = asker {
            headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
            headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, RESPONSE_HEADERS);
        }
    }
}

fn is_own(origin: &HeaderValue, uri: &Uri, headers: &HeaderMap, scheme: &str) -> bool {
    let Some(origin) = origin.as_bytes().strip_prefix(scheme.as_bytes()) else { return false };
    // HTTP/2 has the name in the target.
    let target = uri.authority().map(|authority| authority.as_str().as_bytes());
    let mut hosts = headers.get_all(HOST).iter().map(HeaderValue::as_bytes);
    let (host, None) = (hosts.next(), hosts.next()) else { return false };
    let mut names = target.into_iter().chain(host).peekable();
    names.peek().is_some() && names.all(|name| origin.eq_ignore_ascii_case(name))
}

/// Whether a browser asks what a page may do, before it does it.
pub(super) fn is_preflight(request: &Request) -> bool {
    request.method() == Method::OPTIONS
        && request.headers().contains_key(ACCESS_CONTROL_REQUEST_METHOD)
}

/// What a page may do.
pub(super) fn preflight() -> Response {
    const ANSWER: [(HeaderName, HeaderValue); 3] = [
        (ACCESS_CONTROL_ALLOW_METHODS, METHODS),
        (ACCESS_CONTROL_ALLOW_HEADERS, REQUEST_HEADERS),
        (ACCESS_CONTROL_MAX_AGE, MAX_AGE),
    ];
    (StatusCode::NO_CONTENT, ANSWER).into_response()
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

#[cfg(test)]
mod tests {
    use super::*;

    fn from(origins: &AllowedOrigins, values: &[&'static str]) -> &'static str {
        let headers =
            values.iter().map(|value| (ORIGIN, HeaderValue::from_static(value))).collect();
        match origins.asker(&Uri::from_static("/mcp"), &headers, "http://") {
            Asker::Program => "program",
            Asker::Page(_) => "page",
            Asker::Stranger => "stranger",
        }
    }

    #[test]
    fn an_origin_is_allowed_only_if_it_is_listed() {
        let none = AllowedOrigins::new(&[]).unwrap();
        let one = AllowedOrigins::new(&["http://localhost:6274".into()]).unwrap();
        assert_eq!(from(&none, &[]), "program");
        assert_eq!(from(&none, &["null"]), "stranger");
        assert_eq!(from(&none, &["http://localhost:6274"]), "stranger");
        assert_eq!(from(&one, &["http://localhost:6274"]), "page");
        for strangers in [
            &["http://localhost:62740"][..],
            &["http://localhost"],
            &["https://localhost:6274"],
            &["http://localhost:6274/"],
            &["http://localhost:6274", "https://evil.example"],
            &["http://localhost:6274", "http://localhost:6274"],
            &["http://localhost:6274, https://evil.example"],
            &["null"],
            &[""],
        ] {
            assert_eq!(from(&one, strangers), "stranger", "{strangers:?}");
        }
    }

    #[test]
    fn a_page_of_the_server_itself_is_no_stranger() {
        let none = AllowedOrigins::new(&[]).unwrap();
        let ask = |scheme: &str, origin: &'static str, hosts: &[&'static str]| {
            let mut headers: HeaderMap =
                hosts.iter().map(|host| (HOST, HeaderValue::from_static(host))).collect();
            headers.insert(ORIGIN, HeaderValue::from_static(origin));
            none.asker(&Uri::from_static("/mcp"), &headers, scheme)
        };
        assert_eq!(ask("http://", "http://localhost:80", &["LOCALHOST:80"]), Asker::Program);
        // HTTP/2 names itself in the target, and perhaps in `Host`, too.
        let asked = |target: &'static str, host: Option<&'static str>| {
            let host = host.map(|host| (HOST, HeaderValue::from_static(host)));
            let origin = (ORIGIN, HeaderValue::from_static("https://localhost:80"));
            let headers = host.into_iter().chain([origin]).collect();
            none.asker(&Uri::from_static(target), &headers, "https://") == Asker::Program
        };
        assert!(asked("https://localhost:80/mcp", None));
        assert!(asked("https://localhost:80/mcp", Some("localhost:80")));
        assert!(!asked("https://localhost:80/mcp", Some("localhost:81")));
        assert!(!asked("https://evil.example/mcp", Some("localhost:80")));
        assert!(!asked("https://evil.example/mcp", None));
        for (scheme, origin, hosts) in [
            ("https://", "http://localhost:80", &["localhost:80"][..]),
            ("http://", "https://localhost:80", &["localhost:80"]),
            ("http://", "http://localhost:81", &["localhost:80"]),
            ("http://", "http://localhost", &["localhost:80"]),
            ("http://", "http://localhost:80", &[]),
            ("http://", "http://localhost:80", &["localhost:80", "localhost:80"]),
        ] {
            assert_eq!(ask(scheme, origin, hosts), Asker::Stranger, "{scheme} {origin} {hosts:?}");
        }
    }

    #[test]
    fn what_is_no_origin_is_refused_at_start() {
        for origin in ["localhost", "https://", "https://*", "https://a/b", "ftp://a", ""] {
            assert!(AllowedOrigins::new(&[origin.to_owned()]).is_err(), "{origin}");
        }
    }
}
