//! What the transport refuses, in words of ours.
//!
//! rmcp says what is wrong by repeating it: the header that contradicts the body, the version that
//! nobody knows. No answer repeats what a client sent.

use axum::body::{Body, to_bytes};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use rmcp::model::ErrorCode;
use serde::de::IgnoredAny;
use serde_json::{Value, json};

use super::reason::Reason;
use crate::server::scan::{Flaw, NO_MESSAGE};

/// The longest refusal that is read, in bytes. rmcp's are shorter, unless they repeat something.
const CEILING: usize = 1 << 16;

const PLAIN: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");
const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// Why a body is not handed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    ContentType,
    Accept,
    TooLarge,
    TooSlow,
    BrokenOff,
    /// JSON of another form than a message.
    NoMessage,
    Flaw(Flaw),
}

impl Refusal {
    fn status(self) -> StatusCode {
        match self {
            Refusal::ContentType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Refusal::Accept => StatusCode::NOT_ACCEPTABLE,
            Refusal::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Refusal::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Refusal::BrokenOff | Refusal::NoMessage | Refusal::Flaw(_) => StatusCode::BAD_REQUEST,
        }
    }

    fn reason(self) -> Reason {
        match self {
            Refusal::ContentType => Reason::ContentType,
            Refusal::Accept => Reason::Accept,
            Refusal::TooLarge => Reason::TooLarge,
            Refusal::TooSlow => Reason::TooSlow,
            Refusal::BrokenOff | Refusal::NoMessage | Refusal::Flaw(_) => Reason::Message,
        }
    }

    pub(super) fn answer(self) -> Response {
        self.reason().mark(self.text())
    }

    /// A text where HTTP is not kept to, a JSON-RPC error where JSON-RPC is not.
    fn text(self) -> Response {
        let (code, text) = match self {
            Refusal::Flaw(flaw) => flaw.error(),
            Refusal::NoMessage => NO_MESSAGE,
            Refusal::BrokenOff => {
                return plain(self.status(), "the body did not come to its end\n");
            }
            _ => return plain(self.status(), sentence(self.status())),
        };
        let error = json!({ "code": code.0, "message": text });
        let body = json!({ "jsonrpc": "2.0", "id": null, "error": error }).to_string();
        (self.status(), [(CONTENT_TYPE, JSON)], body).into_response()
    }
}

pub(super) fn plain(status: StatusCode, text: &'static str) -> Response {
    (status, [(CONTENT_TYPE, PLAIN)], text).into_response()
}

/// Replaces the text of a refusal of this request body, as rmcp has it; its status, code and id stay.
pub(super) async fn in_our_words(response: Response, request: &[u8]) -> Response {
    let status = response.status();
    if !status.is_client_error() && !status.is_server_error() {
        return response;
    }
    if status == StatusCode::UNSUPPORTED_MEDIA_TYPE {
        // The media type was looked at before: it is the parser that did not take the body.
        let text = std::str::from_utf8(request).unwrap_or_default();
        let json = serde_json::from_str::<IgnoredAny>(text).is_ok();
        let refusal = if json { Refusal::NoMessage } else { Refusal::Flaw(Flaw::Syntax) };
        return refusal.answer();
    }
    let (mut parts, body) = response.into_parts();
    let message = if is_json(&parts.headers) { error(body).await } else { None };
    let (kind, text) = match message {
        Some(message) => (JSON, Body::from(message)),
        None => (PLAIN, Body::from(sentence(status))),
    };
    parts.headers.remove(CONTENT_LENGTH);
    parts.headers.insert(CONTENT_TYPE, kind);
    Reason::of_status(status).mark(Response::from_parts(parts, text))
}

fn is_json(headers: &HeaderMap) -> bool {
    headers.get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"application/json"))
}

/// A JSON-RPC error, with a message that depends on its code alone.
async fn error(body: Body) -> Option<String> {
    let bytes = to_bytes(body, CEILING).await.ok()?;
    let mut message: Value = serde_json::from_slice(&bytes).ok()?;
    let error = message.get_mut("error")?;
    let code = i32::try_from(error.get("code")?.as_i64()?).ok()?;
    let text = match ErrorCode(code) {
        ErrorCode::HEADER_MISMATCH => {
            "the headers contradict the body: `MCP-Protocol-Version`, `Mcp-Method` and `Mcp-Name` repeat what it says"
        }
        ErrorCode::INVALID_REQUEST => "the request is not valid",
        // Of the others, texts are made of names that the protocol knows.
        _ => return Some(message.to_string()),
    };
    *error.get_mut("message")? = text.into();
    Some(message.to_string())
}

fn sentence(status: StatusCode) -> &'static str {
    match status {
        StatusCode::BAD_REQUEST => {
            "the request is not valid: `MCP-Protocol-Version` names a revision that this server speaks, such as 2025-11-25\n"
        }
        StatusCode::METHOD_NOT_ALLOWED => "messages are sent with POST\n",
        StatusCode::NOT_ACCEPTABLE => {
            "send `Accept: application/json, text/event-stream`: an answer is one or the other\n"
        }
        StatusCode::REQUEST_TIMEOUT => "the body did not come in time\n",
        StatusCode::PAYLOAD_TOO_LARGE => "the request is too large: send less at once\n",
        StatusCode::UNSUPPORTED_MEDIA_TYPE => "send JSON, with `Content-Type: application/json`\n",
        status if status.is_client_error() => "the request is not valid\n",
        _ => "the server failed\n",
    }
}
