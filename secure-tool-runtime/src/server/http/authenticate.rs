//! Authentication of requests, by the ways that the server knows.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{Extensions, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::proxy::ClientAddress;
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
        Admission::Known(caller, way) => {
            // The token is of no use to anybody behind this point.
            request.headers_mut().remove(AUTHORIZATION);
            request.extensions_mut().insert(caller);
            serve(&door, way, request, next).await
        }
        refused => refuse(refused, address, &Challenges::of(&door)),
    }
}

/// Where the request comes from.
fn address(extensions: &Extensions) -> Option<IpAddr> {
    extensions.get::<ClientAddress>().map(|address| address.0)
}

/// Serves the request; says in the words of HTTP which scopes it would have needed.
///
/// The guards have refused it by then, and have counted and recorded it as any call.
#[cfg(feature = "oauth")]
async fn serve(door: &Door, way: usize, mut request: Request, next: Next) -> Response {
    let Some((resource, step_up)) = door.may_step_up(way) else { return next.run(request).await };
    request.extensions_mut().insert(step_up.clone());
    let mut response = next.run(request).await;
    if let Some(scopes) = step_up.needed() {
        *response.status_mut() = StatusCode::FORBIDDEN;
        response.headers_mut().insert(WWW_AUTHENTICATE, resource.insufficient_scope(scopes));
    }
    response
}

#[cfg(not(feature = "oauth"))]
async fn serve(_door: &Door, _way: usize, request: Request, next: Next) -> Response {
    next.run(request).await
}

/// How a client is told to authenticate (RFC 6750 §3).
struct Challenges {
    no_token: HeaderValue,
    invalid_token: HeaderValue,
}

impl Challenges {
    fn of(door: &Door) -> Self {
        #[cfg(feature = "oauth")]
        if let Some(resource) = door.resource() {
            let (no_token, invalid_token) = (resource.no_token(), resource.invalid_token());
            return Challenges { no_token, invalid_token };
        }
        let _ = door;
        Challenges {
            no_token: HeaderValue::from_static("Bearer"),
            invalid_token: HeaderValue::from_static("Bearer error=\"invalid_token\""),
        }
    }
}

fn refuse(admission: Admission, peer: IpAddr, challenges: &Challenges) -> Response {
    match admission {
        Admission::Known(..) => unreachable!("who is known is not refused"),
        Admission::Stranger { log } => {
            if log {
                tracing::warn!(target: "secure_tool", %peer, "refused: no bearer token");
            }
            challenge(&challenges.no_token, "authenticate with `Authorization: Bearer <token>`\n")
        }
        Admission::Refused(reason) => {
            let reason = reason.as_str();
            tracing::warn!(target: "secure_tool", reason, "refused: invalid bearer token peer={peer}");
            challenge(&challenges.invalid_token, "the bearer token is not valid\n")
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

fn challenge(challenge: &HeaderValue, text: &'static str) -> Response {
    let headers = [(WWW_AUTHENTICATE, challenge.clone())];
    (StatusCode::UNAUTHORIZED, headers, text).into_response()
}

/// In whole seconds, rounded up (RFC 9110 §10.2.3).
fn later(status: StatusCode, wait: Duration, text: &'static str) -> Response {
    let seconds = wait.as_millis().div_ceil(1000).max(1);
    let seconds = HeaderValue::from(u64::try_from(seconds).unwrap_or(u64::MAX));
    (status, [(RETRY_AFTER, seconds)], text).into_response()
}

/// Where clients learn which authorization server makes tokens for this one (RFC 9728). For anybody.
#[cfg(feature = "oauth")]
pub(super) fn metadata<S: Clone + Send + Sync + 'static>(door: &Door) -> axum::Router<S> {
    use axum::http::header::CONTENT_TYPE;
    let Some(resource) = door.resource() else { return axum::Router::new() };
    let document = resource.document().to_owned();
    let answer = axum::routing::get(async move || {
        ([(CONTENT_TYPE, HeaderValue::from_static("application/json"))], document)
    });
    let route = |router: axum::Router<S>, path: &String| router.route(path, answer.clone());
    resource.paths().iter().fold(axum::Router::new(), route)
}

#[cfg(not(feature = "oauth"))]
pub(super) fn metadata<S: Clone + Send + Sync + 'static>(_door: &Door) -> axum::Router<S> {
    axum::Router::new()
}
