//! The body of a request: typed, bounded in size and time, and looked at before it is parsed.

use std::future::poll_fn;
use std::pin::Pin;
use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::http::header::{ACCEPT, CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
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
    /// Reads the body of a message, if it can be one. And says whether the client would rather have its answer
    /// as a stream of events than as JSON.
    pub(super) async fn receive(
        &self,
        headers: &HeaderMap,
        body: Body,
    ) -> Result<(Bytes, bool), Refusal> {
        if !is_json(headers) {
            return Err(Refusal::ContentType);
        }
        let accepted = Accepted::of(headers);
        if !accepted.both() {
            return Err(Refusal::Accept);
        }
        // Who says that it is too large need not send it.
        if length(headers).is_some_and(|length| length > self.max) {
            return Err(Refusal::TooLarge);
        }
        let bytes = timeout(self.time, collect(body, self.max)).await;
        let bytes = bytes.map_err(|_| Refusal::TooSlow)??;
        scan::check(&bytes).map_err(Refusal::Flaw)?;
        Ok((bytes, accepted.prefers_stream()))
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
    let kind = kind.and_then(|kind| kind.to_str().ok());
    kind.is_some_and(|kind| essence(kind.as_bytes()).eq_ignore_ascii_case(b"application/json"))
}

/// Answers are JSON or a stream of events (MCP, Transports), and a client takes both: how gladly. rmcp, behind
/// this, also knows what media types are, and sees all that are not [plain](media_types_are_plain).
#[derive(Debug, Clone, Copy, Default)]
struct Accepted {
    /// In [weights](weight); none if it is not named.
    json: Option<u16>,
    stream: Option<u16>,
}

impl Accepted {
    fn of(headers: &HeaderMap) -> Self {
        let mut accepted = Accepted::default();
        let values = headers.get_all(ACCEPT).iter();
        for kind in values.flat_map(|value| value.as_bytes().split(|byte| *byte == b',')) {
            if essence(kind).eq_ignore_ascii_case(b"application/json") {
                accepted.json = accepted.json.max(Some(weight(kind)));
            } else if essence(kind).eq_ignore_ascii_case(b"text/event-stream") {
                // Of two that are as welcome, the first.
                let first = u16::from(accepted.json.is_none());
                accepted.stream = accepted.stream.max(Some(weight(kind) + first));
            }
        }
        accepted
    }

    /// What is named with the weight of zero is not accepted.
    fn both(self) -> bool {
        self.json > Some(0) && self.stream > Some(1)
    }

    /// As far as its weights say so (RFC 9110 §12.5.1), or the order where they do not.
    fn prefers_stream(self) -> bool {
        self.stream > self.json
    }
}

/// True if whoever reads `Content-Type` and `Accept` reads the same: types with one parameter at most, a weight or a
/// `charset`, without quotes.
pub(super) fn media_types_are_plain(headers: &HeaderMap) -> bool {
    let values = headers.get_all(CONTENT_TYPE).iter().chain(headers.get_all(ACCEPT));
    let mut kinds = values.flat_map(|value| value.as_bytes().split(|byte| *byte == b','));
    kinds.all(|kind| {
        let mut parts = kind.trim_ascii().split(|byte| *byte == b';').map(<[u8]>::trim_ascii);
        let essence = parts.next().unwrap_or_default();
        let parameter = parts.next().is_none_or(|parameter| {
            let value = parameter.strip_prefix(b"q=");
            let value = value.or_else(|| parameter.strip_prefix(b"charset="));
            value.is_some_and(|value| is_token(value, b"-."))
        });
        is_token(essence, b"/*+-.") && parameter && parts.next().is_none()
    })
}

/// True if there are letters, digits and these alone.
fn is_token(text: &[u8], others: &[u8]) -> bool {
    !text.is_empty()
        && text.iter().all(|byte| byte.is_ascii_alphanumeric() || others.contains(byte))
}

/// In thousandths, times two: between two weights there is room for one that was said first. What is no weight is
/// not heeded.
fn weight(accepted: &[u8]) -> u16 {
    let weight = accepted.split(|byte| *byte == b';').skip(1).find_map(|parameter| {
        let value = parameter.trim_ascii().strip_prefix(b"q=")?;
        let weight: f32 = std::str::from_utf8(value).ok()?.parse().ok()?;
        (0.0..=1.0).contains(&weight).then_some(weight)
    });
    (weight.unwrap_or(1.0) * 1000.0) as u16 * 2
}

/// An answer in JSON, as the only event of a stream.
pub(super) async fn as_stream(response: Response) -> Response {
    let is_json = |kind: &HeaderValue| essence(kind.as_bytes()) == b"application/json";
    if response.status() != StatusCode::OK
        || !response.headers().get(CONTENT_TYPE).is_some_and(is_json)
    {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    // It is all there, and within the limits of the tool.
    let Ok(json) = to_bytes(body, usize::MAX).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    parts.headers.remove(CONTENT_LENGTH);
    parts.headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    // One line: JSON has no line feeds but between its tokens, where rmcp writes none.
    let event = [b"event: message\ndata: ", &*json, b"\n\n"].concat();
    Response::from_parts(parts, Body::from(event))
}

/// A media type without its parameters.
fn essence(kind: &[u8]) -> &[u8] {
    kind.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_client_would_rather_have() {
        for (accept, stream) in [
            ("application/json, text/event-stream", false),
            ("text/event-stream, application/json", true),
            ("text/event-stream;q=0.5, application/json;q=0.9", false),
            ("application/json;q=0.1, TEXT/Event-Stream ; q=0.2", true),
            ("application/json;q=0.5, text/event-stream;q=0.5", false),
            ("text/event-stream;q=0.5, application/json;q=0.5", true),
            ("application/json", false),
            ("text/event-stream", true),
            ("*/*", false),
            ("text/event-stream;q=x, application/json", true),
            ("text/event-stream;q=-7, application/json;q=NaN", true),
        ] {
            let headers = HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static(accept))]);
            assert_eq!(Accepted::of(&headers).prefers_stream(), stream, "{accept}");
        }
    }

    #[test]
    fn both_kinds_of_answers_have_to_be_welcome() {
        for (accept, both) in [
            ("application/json, text/event-stream", true),
            ("text/event-stream;q=0.001, application/json;q=0.001", true),
            ("text/event-stream;q=x, application/json;q=-1", true),
            ("application/json", false),
            ("text/event-stream", false),
            ("*/*", false),
            ("application/json;q=0, text/event-stream", false),
            ("application/json, text/event-stream;q=0", false),
            ("text/event-stream;q=0.0, application/json", false),
            ("application/json;q=0, application/json, text/event-stream", true),
        ] {
            let headers = HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static(accept))]);
            assert_eq!(Accepted::of(&headers).both(), both, "{accept}");
        }
    }
}
