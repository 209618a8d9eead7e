//! Authentication by bearer token (RFC 6750).

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::server::DevelopmentUsers;

/// The longest token that is looked at, in bytes.
const TOKEN_CEILING: usize = 512;

/// Lets a request through with its [`Caller`](crate::Caller) in the extensions, or refuses it
/// before its body is read.
pub(super) async fn authenticate(
    State(users): State<Arc<DevelopmentUsers>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    mut request: Request,
    next: Next,
) -> Response {
    let Some(token) = bearer(request.headers()) else {
        tracing::warn!(target: "secure_tool", peer = %peer.ip(), "refused: no bearer token");
        return challenge("Bearer", "authenticate with `Authorization: Bearer <token>`\n");
    };
    let Some(caller) = users.bearer(token) else {
        tracing::warn!(target: "secure_tool", peer = %peer.ip(), "refused: invalid bearer token");
        return challenge("Bearer error=\"invalid_token\"", "the bearer token is not valid\n");
    };
    let caller = caller.clone().at_address(peer.ip());
    // The token is of no use to anybody behind this point.
    request.headers_mut().remove(AUTHORIZATION);
    request.extensions_mut().insert(caller);
    next.run(request).await
}

/// The token of the only `Authorization` header. Two of them are as good as none.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let value = values.next().filter(|_| values.next().is_none())?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    let token = token.trim_matches(' ');
    let fine = scheme.eq_ignore_ascii_case("bearer") && token.len() <= TOKEN_CEILING;
    fine.then_some(token)
}

fn challenge(challenge: &'static str, text: &'static str) -> Response {
    let headers = [(WWW_AUTHENTICATE, HeaderValue::from_static(challenge))];
    (StatusCode::UNAUTHORIZED, headers, text).into_response()
}
