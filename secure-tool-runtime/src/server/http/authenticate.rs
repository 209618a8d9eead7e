//! Authentication of requests, by the ways that the server knows.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::header::{AUTHORIZATION, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{Extensions, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::server::callers::{Admission, Door, Presented};

/// Lets a request through with its [`Caller`](crate::Caller) in the extensions, or refuses it
/// before its body is read.
pub(super) async fn authenticate(
    State(door): State<Arc<Door>>,
    mut request: Request,
    next: Next,
) -> Response {
    let Some(address) = address(request.extensions()) else {
        // No transport of ours forgets it.
        tracing::error!(target: "secure_tool", "refused: the connection has no address");
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let presented = Presented::new(request.headers(), request.extensions(), address);
    match door.admit(&presented).await {
        Admission::Known(caller, _way) => {
            // The token is of no use to anybody behind this point.
            request.headers_mut().remove(AUTHORIZATION);
            request.extensions_mut().insert(caller);
            next.run(request).await
        }
        refused => refuse(refused, address),
    }
}

/// Where the request comes from.
fn address(extensions: &Extensions) -> Option<IpAddr> {
    let peer = extensions.get::<ConnectInfo<SocketAddr>>()?;
    Some(peer.0.ip())
}

fn refuse(admission: Admission, peer: IpAddr) -> Response {
    match admission {
        Admission::Known(..) => unreachable!("who is known is not refused"),
        Admission::Stranger { log } => {
            if log {
                tracing::warn!(target: "secure_tool", %peer, "refused: no bearer token");
            }
            challenge("Bearer", "authenticate with `Authorization: Bearer <token>`\n")
        }
        Admission::Refused(reason) => {
            let reason = reason.as_str();
            tracing::warn!(target: "secure_tool", reason, "refused: invalid bearer token peer={peer}");
            challenge("Bearer error=\"invalid_token\"", "the bearer token is not valid\n")
        }
        Admission::TooMany(wait) => {
            // The failures before it were logged. A line for each of these would be a way to fill disks.
            tracing::debug!(target: "secure_tool", %peer, "refused: failed too often");
            let text = "authentication has failed too often from this address: wait\n";
            later(StatusCode::TOO_MANY_REQUESTS, wait, text)
        }
        Admission::Unavailable(wait) => {
            let text = "tokens cannot be checked at the moment: try again later\n";
            later(StatusCode::SERVICE_UNAVAILABLE, wait, text)
        }
    }
}

fn challenge(challenge: &'static str, text: &'static str) -> Response {
    let headers = [(WWW_AUTHENTICATE, HeaderValue::from_static(challenge))];
    (StatusCode::UNAUTHORIZED, headers, text).into_response()
}

/// In whole seconds, rounded up (RFC 9110 §10.2.3).
fn later(status: StatusCode, wait: Duration, text: &'static str) -> Response {
    let seconds = wait.as_millis().div_ceil(1000).max(1);
    let seconds = HeaderValue::from(u64::try_from(seconds).unwrap_or(u64::MAX));
    (status, [(RETRY_AFTER, seconds)], text).into_response()
}
