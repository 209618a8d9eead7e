//! The body of a request: typed, bounded in size and time, and looked at before it is parsed.

use std::future::poll_fn;
use std::pin::Pin;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::HeaderMap;
use axum::http::header::{ACCEPT, CONTENT_LENGTH, CONTENT_TYPE};
use http_body::Body as _;
use tokio::time::timeout;

use super::refusal::Refusal;
use crate::server::scan;

/// What a body may be.
#[derive(Debug)]
pub(super) struct Bodies {
    /// The greatest, in bytes.
    pub(super) max: usize,
    /// From the headers to its end.
    pub(super) time: Duration,
}

impl Bodies {
    /// Reads the body of a message, if it can be one.
    pub(super) async fn receive(&self, headers: &HeaderMap, body: Body) -> Result<Bytes, Refusal> {
        if !is_json(headers) {
            return Err(Refusal::ContentType);
        }
        if !accepts_both(headers) {
            return Err(Refusal::Accept);
        }
        // Who says that it is too large need not send it.
        if length(headers).is_some_and(|length| length > self.max) {
            return Err(Refusal::TooLarge);
        }
        let bytes = timeout(self.time, collect(body, self.max)).await;
        let bytes = bytes.map_err(|_| Refusal::TooSlow)??;
        scan::check(&bytes).map_err(Refusal::Flaw)?;
        Ok(bytes)
    }
}

async fn collect(mut body: Body, max: usize) -> Result<Bytes, Refusal> {
    let mut first = Bytes::new();
    let mut all = Vec::new();
    while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        // Trailers are of no use to anybody here.
        let Ok(data) = frame.map_err(|_| Refusal::BrokenOff)?.into_data() else { continue };
        if data.len() > max - (first.len() + all.len()) {
            return Err(Refusal::TooLarge);
        }
        // Small bodies come at once, and are not copied.
        if first.is_empty() && all.is_empty() {
            first = data;
        } else {
            all.extend_from_slice(&std::mem::take(&mut first));
            all.extend_from_slice(&data);
        }
    }
    Ok(if all.is_empty() { first } else { all.into() })
}

fn length(headers: &HeaderMap) -> Option<usize> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// The only `Content-Type` is JSON, whatever its parameters.
fn is_json(headers: &HeaderMap) -> bool {
    let mut kinds = headers.get_all(CONTENT_TYPE).iter();
    let kind = kinds.next().filter(|_| kinds.next().is_none());
    kind.is_some_and(|kind| essence(kind.as_bytes()).eq_ignore_ascii_case(b"application/json"))
}

/// Answers are JSON or a stream of events, whichever fits (MCP, Transports). rmcp, behind this,
/// also knows what weights mean.
fn accepts_both(headers: &HeaderMap) -> bool {
    let accepts = |kind: &[u8]| {
        let values = headers.get_all(ACCEPT).iter();
        values
            .flat_map(|value| value.as_bytes().split(|byte| *byte == b','))
            .any(|accepted| essence(accepted).eq_ignore_ascii_case(kind))
    };
    accepts(b"application/json") && accepts(b"text/event-stream")
}

/// A media type without its parameters.
fn essence(kind: &[u8]) -> &[u8] {
    kind.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii()
}
