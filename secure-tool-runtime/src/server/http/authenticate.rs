//! Authentication of requests, by the ways that the server knows.

#[cfg(feature = "oauth")]
use std::borrow::Cow;
use std::marker::PhantomData;
use std::net::IpAddr;
use std::time::Duration;

use axum::extract::Request;
use axum::http::header::{AUTHORIZATION, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use http::Extensions;

use super::proxy::ClientAddress;
use super::reason::Reason;
use crate::caller::Caller;
#[cfg(feature = "oauth")]
use crate::guarded_tools::GuardedTools;
#[cfg(feature = "oauth")]
use crate::server::callers::oauth::{ProtectedResource, StepUp};
use crate::server::callers::{Admission, Door, Presented};

/// Gets to know whose request this is, or refuses it before its body is read.
pub(super) async fn authenticate<'a>(
    door: &'a Door,
    client: IpAddr,
    request: &mut Request,
) -> Result<Known<'a>, Response> {
    let presented = Presented::new(request.headers(), request.extensions(), client);
    match door.admit(&presented).await {
        Admission::Known(caller, way) => {
            // The token is of no use to anybody behind this point.
            request.headers_mut().remove(AUTHORIZATION);
            Ok(Known::new(door, caller, client, way))
        }
        refused => Err(refuse(refused, client, &Challenges::of(door))),
    }
}

/// A request of somebody who is known.
pub(super) struct Known<'a> {
    caller: Caller,
    client: IpAddr,
    #[cfg(feature = "oauth")]
    step_up: Option<(&'a ProtectedResource, StepUp)>,
    door: PhantomData<&'a Door>,
}

impl<'a> Known<'a> {
    #[cfg_attr(
        not(feature = "oauth"),
        expect(unused_variables, reason = "others have no scopes to step up to")
    )]
    fn new(door: &'a Door, caller: Caller, client: IpAddr, way: usize) -> Self {
        Known {
            caller,
            client,
            #[cfg(feature = "oauth")]
            step_up: door.may_step_up(way),
            door: PhantomData,
        }
    }

    /// Tells what is behind rmcp, by the extensions of the request.
    pub(super) fn introduce(&self, request: &mut Extensions) {
        request.insert(self.caller.clone());
        request.insert(ClientAddress(self.client));
        #[cfg(feature = "oauth")]
        if let Some((_, step_up)) = &self.step_up {
            request.insert(step_up.clone());
        }
    }

    pub(super) fn caller(&self) -> &Caller {
        &self.caller
    }

    /// Where a call leaves word of the scopes that it lacked.
    #[cfg(feature = "oauth")]
    pub(super) fn step_up(&self) -> Option<&StepUp> {
        self.step_up.as_ref().map(|(_, step_up)| step_up)
    }

    /// True if this is a call whose refusal will say so. In a session the answer would have begun before it
    /// is known.
    #[cfg(feature = "oauth")]
    pub(super) fn will_step_up(&self, tools: &GuardedTools, message: &[u8]) -> bool {
        self.step_up.is_some()
            && serde_json::from_slice::<Message<'_>>(message).is_ok_and(|message| {
                let tool = message.params.and_then(|params| params.name);
                message.method == "tools/call"
                    && tool.is_some_and(|tool| tools.lacking(&tool, &self.caller).is_some())
            })
    }

    /// Says in the words of HTTP which scopes the request would have needed.
    ///
    /// The guards have refused it by then, and have counted and recorded it as any call.
    #[cfg_attr(
        not(feature = "oauth"),
        expect(unused_mut, reason = "others have no scopes to step up to")
    )]
    pub(super) fn finish(self, mut response: Response) -> Response {
        #[cfg(feature = "oauth")]
        if let Some((resource, step_up)) = self.step_up
            && let Some(scopes) = step_up.needed()
        {
            *response.status_mut() = StatusCode::FORBIDDEN;
            response.headers_mut().insert(WWW_AUTHENTICATE, resource.insufficient_scope(scopes));
        }
        response
    }
}

/// As much of a request as says which tool it calls.
#[cfg(feature = "oauth")]
#[derive(serde::Deserialize)]
struct Message<'a> {
    #[serde(borrow)]
    method: Cow<'a, str>,
    #[serde(borrow)]
    params: Option<Params<'a>>,
}

#[cfg(feature = "oauth")]
#[derive(serde::Deserialize)]
struct Params<'a> {
    #[serde(borrow)]
    name: Option<Cow<'a, str>>,
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
            let text = "authenticate with `Authorization: Bearer <token>`\n";
            Reason::NoToken.mark(challenge(&challenges.no_token, text))
        }
        Admission::Refused(reason) => {
            let reason = reason.as_str();
            tracing::warn!(target: "secure_tool", reason, "refused: invalid bearer token peer={peer}");
            let text = "the bearer token is not valid\n";
            Reason::InvalidToken.mark(challenge(&challenges.invalid_token, text))
        }
        Admission::TooMany(wait) => {
            // The failures before it were logged. A line for each of these would be a way to fill disks.
            tracing::debug!(target: "secure_tool", %peer, "refused: failed too often");
            let text = "authentication has failed too often from this address: wait\n";
            Reason::Failures.mark(later(StatusCode::TOO_MANY_REQUESTS, wait, text))
        }
        Admission::Unavailable(wait) => {
            let text = "tokens cannot be checked at the moment: try again later\n";
            Reason::Unchecked.mark(later(StatusCode::SERVICE_UNAVAILABLE, wait, text))
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
