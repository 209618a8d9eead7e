//! Clients that break the rules of the transport, break off, or lie. The server answers what can be
//! answered, leaves nothing half-done, and serves on.

#![allow(clippy::unwrap_used)]

mod beside;
mod breaking_off;
mod callers;
mod lines;
mod messages;
#[path = "../support/mod.rs"]
mod support;

use std::io::Write;

use serde_json::{Value, json};
use support::http::{Request, Response, connect, read};
use support::lab::Scene;
use support::process::{HttpProcess, records};
use support::stdio::StdioProcess;
use support::{call, modern_meta, request};

/// Larger than any request that is read, in bytes.
const MAX_REQUEST: usize = 1 << 20;

fn listing(server: &HttpProcess) -> Request {
    Request::post(server, "alice", request(1, "tools/list", json!({})))
}

fn serves(server: &HttpProcess) {
    let answer = Request::post(server, "bob", call(9, "list_notes", json!({}))).send(server);
    assert_eq!(answer.json()["result"]["isError"], false, "{answer:?}");
}

fn modern(method: &str, mut params: Value) -> Value {
    params["_meta"] = modern_meta();
    request(1, method, params)
}

/// Not a test: the server that some tests here start.
#[test]
fn serve_when_asked() {
    support::lab::serve_when_asked();
}
