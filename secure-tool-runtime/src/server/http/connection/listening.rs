//! Streams of events on which nobody waits for an answer: they end when the server is about to stop.
//!
//! They would end only with their session, and count as requests whose answers are not complete, so that
//! each of them would hold up the end for all the time that calls may take.

use std::pin::Pin;

use http::header::{CONTENT_TYPE, HeaderMap, HeaderName};
use http::{Method, Request, Response};
use tokio::sync::watch;

use super::Phase;

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// What waits for the server to stop.
pub(super) type Stopping = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Whether a request asks for events alone. Who comes back for those of a call, whose identifiers name it
/// behind a slash, waits for its answer.
pub(super) fn asks_for_events<B>(request: &Request<B>) -> bool {
    let of_a_call = || {
        let last = request.headers().get(LAST_EVENT_ID);
        last.is_some_and(|last| last.as_bytes().contains(&b'/'))
    };
    request.method() == Method::GET && !of_a_call()
}

/// Whether an answer is a stream of events.
pub(super) fn is_of_events<B>(response: &Response<B>) -> bool {
    fn kind(headers: &HeaderMap) -> Option<&[u8]> {
        headers.get(CONTENT_TYPE).map(|kind| kind.as_bytes())
    }
    kind(response.headers()).is_some_and(|kind| kind.starts_with(b"text/event-stream"))
}

pub(super) fn stopping(mut phase: watch::Receiver<Phase>) -> Stopping {
    Box::pin(async move {
        // Without a sender the server is gone.
        let _ = phase.wait_for(|phase| *phase != Phase::Serving).await;
    })
}
