//! The span around a call: what lines logged within it carry, and what of a request gets into it.

#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use futures_util::FutureExt;
use rmcp::ServiceExt;
use rmcp::model::CallToolRequestParams;
use secure_tool_runtime::prelude::*;
use serde_json::{Value, json};
use support::guarded::{guard, params, somebody};
use support::{CANARY, bounded, code, refusal};
use tokio_util::sync::CancellationToken;
use tracing::Level;
use tracing_subscriber::fmt::format::FmtSpan;

const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

struct Tools;

#[secure_tools]
impl Tools {
    /// Logs a line, before and after it has waited.
    #[secure_tool(public = "test", effect = read)]
    async fn speaks(&self) {
        tracing::error!(target: "handler", "before");
        tokio::task::yield_now().await;
        tracing::error!(target: "handler", "after");
    }

    /// Logs and fails.
    #[secure_tool(public = "test", effect = read)]
    async fn fails(&self) -> Result<(), String> {
        tracing::error!(target: "handler", "failing");
        Err("no".to_owned())
    }
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What is logged on this thread from now on.
fn listen(level: Level) -> (Log, tracing::subscriber::DefaultGuard) {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_ansi(false)
        .without_time()
        .with_max_level(level)
        .with_writer(move || writer.clone())
        .finish();
    (log, tracing::subscriber::set_default(subscriber))
}

fn with_meta(tool: &str, meta: Value) -> CallToolRequestParams {
    let mut params = params(tool, json!({}));
    params.meta = Some(serde_json::from_value(meta).unwrap());
    params
}

#[tokio::test]
async fn lines_of_a_handler_carry_the_reference_and_the_names_of_opentelemetry() {
    let (log, _listening) = listen(Level::INFO);
    let guarded = guard(Tools);
    let failed = guarded.call(&somebody("ada"), "fails", json!({})).await;
    let reference = refusal(&failed).unwrap()["reference"].as_str().unwrap().to_owned();
    guarded.call(&somebody("ada"), "speaks", json!({})).await;
    let text = log.text();
    let lines: Vec<_> = text.lines().filter(|line| line.contains("handler")).collect();
    assert_eq!(lines.len(), 3, "{text}");
    assert!(lines[0].contains(&format!("reference={reference}")), "{text}");
    for (line, tool) in lines.iter().zip(["fails", "speaks", "speaks"]) {
        for part in [
            "tools/call{".to_owned(),
            format!("otel.name=tools/call {tool}"),
            "otel.kind=\"server\"".to_owned(),
            "mcp.method.name=\"tools/call\"".to_owned(),
            "gen_ai.operation.name=\"execute_tool\"".to_owned(),
            format!("gen_ai.tool.name=\"{tool}\""),
        ] {
            assert!(line.contains(&part), "{part} in {line}");
        }
        assert!(!line.contains("ada"), "{line}");
        assert!(!line.contains("traceparent"), "{line}");
    }
}

#[tokio::test]
async fn how_a_call_ended_is_told_also_if_its_client_has_left() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_ansi(false)
        .with_span_events(FmtSpan::CLOSE)
        .with_writer(move || writer.clone())
        .finish();
    let _listening = tracing::subscriber::set_default(subscriber);
    let guarded = guard(Tools);
    let ada = somebody("ada");
    assert!(guarded.call(&ada, "speaks", json!({})).now_or_never().is_none(), "it waits");
    guarded.call(&ada, "fails", json!({})).await;
    guarded.call(&ada, "speaks", json!({})).await;
    let text = log.text();
    let ends: Vec<_> =
        text.lines().filter(|line| line.contains("secure_tool::call: close")).collect();
    assert_eq!(ends.len(), 3, "{text}");
    assert!(ends[0].contains("error.type=\"cancelled\""), "{text}");
    assert!(ends[1].contains("error.type=\"internal\""), "{text}");
    assert!(!ends[2].contains("error.type"), "{text}");
}

#[tokio::test]
async fn there_is_none_if_nobody_wants_it() {
    let (log, _listening) = listen(Level::WARN);
    let guarded = guard(Tools);
    let meta = json!({ "traceparent": PARENT });
    let call =
        guarded.tools.call_as(somebody("ada"), with_meta("speaks", meta), CancellationToken::new());
    call.await.unwrap();
    assert_eq!(log.text(), "ERROR handler: before\nERROR handler: after\n");
}

#[tokio::test]
async fn of_meta_only_a_valid_trace_context_is_taken() {
    let (log, _listening) = listen(Level::INFO);
    let guarded = guard(Tools);
    for (meta, parent, state) in [
        (json!({ "traceparent": PARENT, "tracestate": "a=1", "x": CANARY }), true, true),
        (json!({ "traceparent": PARENT, "tracestate": CANARY }), true, false),
        (json!({ "traceparent": format!("{PARENT}{CANARY}"), "tracestate": "a=1" }), false, false),
        (json!({ "traceparent": [PARENT], "baggage": CANARY }), false, false),
        (json!({ "traceparent": format!("{PARENT}\n{CANARY}") }), false, false),
    ] {
        log.0.lock().unwrap().clear();
        let params = with_meta("speaks", meta.clone());
        guarded.tools.call_as(somebody("ada"), params, CancellationToken::new()).await.unwrap();
        let text = log.text();
        assert_eq!(text.contains(&format!("traceparent=\"{PARENT}\"")), parent, "{meta}: {text}");
        assert_eq!(text.contains("tracestate=\"a=1\""), state, "{meta}: {text}");
        assert_eq!(text.contains("traceparent"), parent, "{meta}: {text}");
        assert!(!text.contains(CANARY), "{meta}: {text}");
    }
}

#[tokio::test]
async fn it_is_taken_from_requests_of_a_client() {
    let (log, _listening) = listen(Level::INFO);
    let (client, server) = tokio::io::duplex(1 << 16);
    let tools = guard(Tools).tools.for_local(somebody("ada"));
    let serving = tokio::spawn(async move { tools.serve(server).await.unwrap().waiting().await });
    let client = bounded("the client", ().serve(client)).await.unwrap();
    let meta = json!({ "traceparent": PARENT, "tracestate": "a=1" });
    let result = bounded("the call", client.call_tool(with_meta("speaks", meta))).await.unwrap();
    assert_eq!(code(&result), None);
    let text = log.text();
    let line = text.lines().find(|line| line.contains("handler: before")).unwrap();
    assert!(line.contains(&format!("traceparent=\"{PARENT}\" tracestate=\"a=1\"")), "{line}");
    drop(client);
    bounded("the server", serving).await.unwrap().unwrap();
}
