//! What operators count, and that nobody who calls can add to it.

#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;

use secure_tool_runtime::prelude::*;
use serde_json::json;
use support::guarded::{Guarded, guard_with, somebody};
use support::{CANARY, bounded, eventually};
use tokio::sync::Notify;

struct Tools {
    begun: Arc<Notify>,
    go: Arc<Notify>,
}

#[secure_tools]
impl Tools {
    /// Three calls a day.
    #[secure_tool(public = "test", effect = read, rate = "3/day")]
    async fn few(&self) {}

    /// Waits until it may go on.
    #[secure_tool(public = "test", effect = read)]
    async fn waits(&self) {
        self.begun.notify_one();
        self.go.notified().await;
    }

    /// For a scope.
    #[secure_tool(scope = "test", effect = read)]
    async fn scoped(&self) {}
}

struct Served {
    guarded: Guarded,
    begun: Arc<Notify>,
    go: Arc<Notify>,
}

fn served() -> Served {
    let (begun, go) = (Arc::<Notify>::default(), Arc::<Notify>::default());
    let tools = Tools { begun: Arc::clone(&begun), go: Arc::clone(&go) };
    let guarded = guard_with(tools, |server| {
        server.metrics("127.0.0.1:0".parse().unwrap()).rate_capacity(16_000)
    });
    Served { guarded, begun, go }
}

/// The answer to a request, as it is.
async fn get(address: SocketAddr, path: &str, host: &str) -> String {
    let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    let answer = tokio::task::spawn_blocking(move || {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(support::PATIENCE)).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        text
    });
    bounded("the metrics", answer).await.unwrap()
}

impl Served {
    fn address(&self) -> SocketAddr {
        self.guarded.tools.metrics_address().unwrap()
    }

    async fn metrics(&self) -> String {
        let text = get(self.address(), "/metrics", &self.address().to_string()).await;
        assert!(text.starts_with("HTTP/1.1 200 OK\r\n"), "{text}");
        assert!(
            text.contains("content-type: application/openmetrics-text; version=1.0.0"),
            "{text}"
        );
        assert!(text.contains("# EOF\n"), "{text}");
        text
    }

    async fn call(&self, caller: &Caller, tool: &str) {
        let _ = self.guarded.try_call(caller, tool, json!({})).await;
    }
}

/// The value of a metric with these labels.
fn value(text: &str, name: &str) -> Option<f64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '))?;
    Some(line.trim().parse().unwrap())
}

#[tokio::test]
async fn calls_are_counted_by_tool_and_reason() {
    let served = served();
    let ada = somebody("ada");
    for _ in 0..5 {
        served.call(&ada, "few").await;
    }
    served.call(&ada, "scoped").await;
    served.call(&ada, "no_such_tool").await;
    let text = served.metrics().await;
    for (name, expected) in [
        ("secure_tool_calls_total{tool=\"few\",reason=\"ok\"}", 3.0),
        ("secure_tool_calls_total{tool=\"few\",reason=\"rate_limited\"}", 2.0),
        ("secure_tool_calls_total{tool=\"scoped\",reason=\"forbidden\"}", 1.0),
        ("secure_tool_calls_total{tool=\"\",reason=\"unknown_tool\"}", 1.0),
        ("secure_tool_call_duration_seconds_count{tool=\"few\"}", 5.0),
        ("secure_tool_call_duration_seconds_bucket{le=\"+Inf\",tool=\"few\"}", 5.0),
        ("secure_tool_running_calls{tool=\"waits\"}", 0.0),
        // At `few`, at `scoped` and for the guess.
        ("secure_tool_limiter_callers", 3.0),
        ("secure_tool_limiter_capacity", 16_000.0),
        ("secure_tool_audit_capacity", 4096.0),
        ("secure_tool_audit_healthy", 1.0),
    ] {
        assert_eq!(value(&text, name), Some(expected), "{name} in\n{text}");
    }
}

#[tokio::test]
async fn what_runs_and_what_waits_is_shown() {
    let served = served();
    let ada = somebody("ada");
    let call = tokio::spawn({
        let guarded = served.guarded.clone();
        async move { guarded.call(&ada, "waits", json!({})).await }
    });
    bounded("the tool", served.begun.notified()).await;
    let text = served.metrics().await;
    assert_eq!(value(&text, "secure_tool_running_calls{tool=\"waits\"}"), Some(1.0), "{text}");
    assert!(value(&text, "secure_tool_audit_records").unwrap() >= 1.0, "{text}");
    served.go.notify_one();
    bounded("the call", call).await.unwrap();
    let text = served.metrics().await;
    assert_eq!(value(&text, "secure_tool_running_calls{tool=\"waits\"}"), Some(0.0), "{text}");
    assert_eq!(value(&text, "secure_tool_calls_total{tool=\"waits\",reason=\"ok\"}"), Some(1.0));
}

#[tokio::test]
async fn a_call_that_is_dropped_is_counted() {
    let served = served();
    let ada = somebody("ada");
    let call = served.call(&ada, "waits");
    tokio::time::timeout(std::time::Duration::from_millis(50), call).await.unwrap_err();
    let text = served.metrics().await;
    let cancelled = "secure_tool_calls_total{tool=\"waits\",reason=\"cancelled\"}";
    assert_eq!(value(&text, cancelled), Some(1.0), "{text}");
}

#[tokio::test]
async fn nobody_who_calls_can_add_to_them() {
    let served = served();
    served.call(&somebody("ada"), "few").await;
    served.call(&somebody("ada"), "no_such_tool").await;
    let before = served.metrics().await.lines().count();
    for number in 0..50 {
        let caller = somebody(&format!("{CANARY}-{number}"));
        served.call(&caller, &format!("{CANARY}-{number}")).await;
        served.call(&caller, "few").await;
    }
    let text = served.metrics().await;
    assert_eq!(text.lines().count(), before, "{text}");
    assert!(!text.contains(CANARY), "{text}");
}

#[tokio::test]
async fn they_are_for_this_machine_and_go_with_the_tools() {
    let served = served();
    let address = served.address();
    assert!(address.ip().is_loopback());
    let refused = get(address, "/metrics", "evil.example").await;
    assert!(refused.starts_with("HTTP/1.1 403 "), "{refused}");
    let other = get(address, "/", "localhost").await;
    assert!(other.starts_with("HTTP/1.1 404 "), "{other}");
    drop(served);
    eventually("the listener to close", || TcpStream::connect(address).err()).await;
}

#[tokio::test]
async fn what_cannot_be_served_does_not_start() {
    let server = |address: &str| {
        let tools = Tools { begun: Arc::default(), go: Arc::default() };
        Server::new(tools).metrics(address.parse().unwrap()).embed()
    };
    let error = server("0.0.0.0:0").unwrap_err().to_string();
    assert!(error.contains("not a loopback address") && error.contains("help: "), "{error}");
    let first = server("127.0.0.1:0").unwrap();
    let taken = server(&first.metrics_address().unwrap().to_string()).unwrap_err().to_string();
    assert!(taken.contains("cannot listen on") && taken.contains("help: "), "{taken}");
    let without = std::thread::scope(|scope| {
        let embed = || server("127.0.0.1:0").unwrap_err().to_string();
        scope.spawn(embed).join().unwrap()
    });
    assert!(without.contains("Tokio runtime"), "{without}");
    let tools = Tools { begun: Arc::default(), go: Arc::default() };
    let code = Server::new(tools)
        .callers(LocalCaller::from_env())
        .cli_from(["tools", "serve", "--metrics", "nonsense"].map(Into::into))
        .await;
    assert_eq!(format!("{code:?}"), format!("{:?}", std::process::ExitCode::FAILURE));
}
