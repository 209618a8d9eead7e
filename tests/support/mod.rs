//! What the tests share. Servers run on ports of their own, write to directories of their own, and
//! are gone when the test is; every wait has an end.

#![allow(dead_code, unreachable_pub, reason = "each test uses a part of it")]
#![allow(missing_docs, clippy::unwrap_used, reason = "a test fails by panicking")]

pub mod guarded;
pub mod http;
pub mod lab;
pub mod postgres;
pub mod process;
pub mod redis;
pub mod stdio;

use std::time::{Duration, Instant};

use rmcp::model::CallToolResult;
use serde_json::{Value, json};

/// The longest that any test waits for anything.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Text that must not come back: in no answer, no audit line, nothing on standard error.
pub const CANARY: &str = "CANARY-7f3a9c";

/// Asks again and again until there is an answer.
pub fn wait_for<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let until = Instant::now() + PATIENCE;
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(Instant::now() < until, "waited too long for {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// As [`wait_for`], among other tasks.
pub async fn eventually<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let until = Instant::now() + PATIENCE;
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(Instant::now() < until, "waited too long for {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Ends a test that hangs.
pub async fn bounded<T>(what: &str, future: impl Future<Output = T>) -> T {
    let done = tokio::time::timeout(PATIENCE, future).await;
    done.unwrap_or_else(|_| panic!("waited too long for {what}"))
}

/// A JSON-RPC request of the revision 2025-11-25.
pub fn request(id: i64, method: &str, params: Value) -> Value {
    json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params })
}

/// A `tools/call` of the revision 2025-11-25.
pub fn call(id: i64, tool: &str, arguments: Value) -> Value {
    request(id, "tools/call", json!({ "name": tool, "arguments": arguments }))
}

/// The `_meta` that every request of the revision 2026-07-28 carries.
pub fn modern_meta() -> Value {
    json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
        "io.modelcontextprotocol/clientInfo": { "name": "test", "version": "0" },
    })
}

/// The text of a result.
pub fn text(result: &CallToolResult) -> &str {
    let content = result.content.first().expect("a result has content");
    &content.as_text().expect("the content is text").text
}

/// The code of a refusal; none if the call was served.
pub fn code(result: &CallToolResult) -> Option<String> {
    let refusal = refusal(result)?;
    assert_eq!(result.is_error, Some(true), "a refusal is an error: {result:?}");
    Some(refusal["code"].as_str()?.to_owned())
}

/// What a program finds about a refusal.
pub fn refusal(result: &CallToolResult) -> Option<Value> {
    result.meta.as_ref()?.get(secure_tool_runtime::REFUSAL_KEY).cloned()
}
