//! What the transport refuses, in words of ours.
//!
//! rmcp says what is wrong by repeating it: the header that contradicts the body, the version that
//! nobody knows. No answer repeats what a client sent.

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use rmcp::model::ErrorCode;
use serde_json::Value;

/// The longest refusal that is read, in bytes. rmcp's are shorter, unless they repeat something.
const CEILING: usize = 1 << 16;

/// Replaces the text of a refusal; its status, code and id stay.
pub(super) async fn in_our_words(request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    let status = response.status();
    if !status.is_client_error() && !status.is_server_error() {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let message = if is_json(&parts.headers) { error(body).await } else { None };
    let (kind, text) = match message {
        Some(message) => ("application/json", message),
        None => ("text/plain; charset=utf-8", sentence(status).to_owned()),
    };
    parts.headers.remove(CONTENT_LENGTH);
    parts.headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    Response::from_parts(parts, Body::from(text))
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
        StatusCode::NOT_ACCEPTABLE => "accept both application/json and text/event-stream\n",
        StatusCode::PAYLOAD_TOO_LARGE => "the request is too large: send less at once\n",
        StatusCode::UNSUPPORTED_MEDIA_TYPE => {
            "the body is not a JSON-RPC message with the content type application/json\n"
        }
        status if status.is_client_error() => "the request is not valid\n",
        _ => "the server failed\n",
    }
}
