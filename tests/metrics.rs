//! What operators count, and that nobody who calls can add to it.

#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use secrecy::ExposeSecret;
use secure_tool_runtime::policy::Rate;
use secure_tool_runtime::prelude::*;
use secure_tool_runtime::server::{Connections, HttpLimits, Sessions};
use serde_json::json;
use support::guarded::{Guarded, guard_with, somebody};
use support::{CANARY, bounded, eventually};
use tokio::sync::Notify;
use tokio_util::sync::{CancellationToken, DropGuard};

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
    send(address, format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")).await
}

/// Sends it, and waits until the other end closes.
async fn send(address: SocketAddr, request: String) -> String {
    let answer = tokio::task::spawn_blocking(move || {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(support::PATIENCE)).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        text
    });
    bounded("an answer", answer).await.unwrap()
}

async fn metrics(address: SocketAddr) -> String {
    let text = get(address, "/metrics", &address.to_string()).await;
    assert!(text.starts_with("HTTP/1.1 200 OK\r\n"), "{text}");
    assert!(text.contains("content-type: application/openmetrics-text; version=1.0.0"), "{text}");
    assert!(text.contains("# EOF\n"), "{text}");
    text
}

impl Served {
    fn address(&self) -> SocketAddr {
        self.guarded.tools.metrics_address().unwrap()
    }

    async fn metrics(&self) -> String {
        metrics(self.address()).await
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
        // At `few`, at `scoped`, for the guess, and for refusals that are recorded.
        ("secure_tool_limiter_callers", 4.0),
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
    tokio::time::timeout(Duration::from_millis(50), call).await.unwrap_err();
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

/// A server that listens, and the head of a request that it takes.
struct Listening {
    address: SocketAddr,
    metrics: SocketAddr,
    connections: Connections,
    head: String,
    _stop: DropGuard,
}

impl Listening {
    async fn start() -> Self {
        let mut limits = HttpLimits::default();
        (limits.connections, limits.body_time) = (4, Duration::from_millis(300));
        let tools = Tools { begun: Arc::default(), go: Arc::default() };
        let server = Server::new(tools)
            .metrics("127.0.0.1:0".parse().unwrap())
            .http_limits(limits)
            .failed_logins(Rate::new(1, 3600, 1))
            .sessions(Sessions::default().per_principal(0))
            .callers(DevelopmentUsers::new().user("ada", &[], &[]));
        let server = server.bind_http("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let address = server.url()["http://".len()..].trim_end_matches("/mcp").parse().unwrap();
        let token = server.tokens().next().unwrap().1.expose_secret().to_owned();
        let (connections, metrics) = (server.connections(), server.metrics_address().unwrap());
        let stop = CancellationToken::new();
        tokio::spawn(server.run(stop.clone()));
        let head = format!(
            "POST /mcp HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
             Authorization: Bearer {token}\r\nContent-Type: application/json\r\n\
             Accept: application/json, text/event-stream\r\n\
             MCP-Protocol-Version: 2025-11-25\r\n"
        );
        Listening { address, metrics, connections, head, _stop: stop.drop_guard() }
    }

    /// The status of the answer to a request whose head is this, with a body of this length.
    async fn status(&self, head: &str, length: usize, body: &str) -> String {
        let request = format!("{head}Content-Length: {length}\r\n\r\n{body}");
        let answer = send(self.address, request).await;
        answer.split(' ').nth(1).unwrap().to_owned()
    }

    /// So many refusals, by reason.
    async fn refusals(&self) -> Vec<(String, f64)> {
        let text = metrics(self.metrics).await;
        let refusals = text.lines().filter_map(|line| {
            let line = line.strip_prefix("secure_tool_http_refusals_total{reason=\"")?;
            let (reason, count) = line.split_once("\"} ").unwrap();
            Some((reason.to_owned(), count.parse().unwrap()))
        });
        let mut refusals: Vec<_> = refusals.collect();
        refusals.sort_by(|one, other| one.0.cmp(&other.0));
        refusals
    }
}

#[tokio::test]
async fn what_never_became_a_call_is_counted_by_reason() {
    let listening = Listening::start().await;
    let none = listening.refusals().await;
    assert_eq!(none.len(), 14, "{none:?}");
    assert!(none.iter().all(|(_, count)| *count == 0.0), "{none:?}");
    let head = &listening.head;
    let hello = support::request(
        1,
        "initialize",
        json!({ "protocolVersion": "2025-11-25", "capabilities": {},
                "clientInfo": { "name": "test", "version": "0" } }),
    );
    let without = |name: &str| {
        let lines = head.split_inclusive("\r\n").filter(|line| !line.starts_with(name));
        lines.collect::<String>()
    };
    let bad = format!("{}Authorization: Bearer {CANARY}\r\n", without("Authorization"));
    let other = format!("{}Host: {CANARY}.example\r\n", without("Host"));
    let page = format!("{head}Origin: https://{CANARY}.example\r\n");
    let text = format!("{}Content-Type: text/plain\r\n", without("Content-Type"));
    for (reason, head, length, body, status) in [
        ("host", &other, 0, "", "403"),
        ("origin", &page, 0, "", "403"),
        ("no_token", &without("Authorization"), 0, "", "401"),
        ("invalid_token", &bad, 0, "", "401"),
        ("failures", &bad, 0, "", "429"),
        ("content_type", &text, 0, "", "415"),
        ("accept", &without("Accept"), 0, "", "406"),
        ("too_large", head, 1 << 30, "", "413"),
        ("too_slow", head, 10, "{", "408"),
        ("message", head, 2, "[]", "400"),
        ("sessions", head, hello.to_string().len(), &hello.to_string(), "429"),
    ] {
        let before = listening.refusals().await;
        assert_eq!(listening.status(head, length, body).await, status, "{reason}");
        for ((name, count), (_, before)) in listening.refusals().await.iter().zip(&before) {
            let more = if name == reason { 1.0 } else { 0.0 };
            assert_eq!(count - before, more, "{name} after {reason}");
        }
    }
    // What is served, or is not about a call, is no refusal.
    let before = listening.refusals().await;
    assert_eq!(get(listening.address, "/readyz", "localhost").await.split(' ').nth(1), Some("200"));
    assert_eq!(get(listening.address, "/other", "localhost").await.split(' ').nth(1), Some("404"));
    assert_eq!(listening.refusals().await, before);
    let text = metrics(listening.metrics).await;
    assert!(!text.contains(CANARY), "{text}");
}

#[tokio::test]
async fn connections_are_shown_and_those_that_are_closed_at_once() {
    let listening = Listening::start().await;
    let shows = async |open: f64, refused: f64| {
        let text = metrics(listening.metrics).await;
        assert_eq!(value(&text, "secure_tool_http_connections_capacity"), Some(4.0), "{text}");
        assert_eq!(value(&text, "secure_tool_http_connections"), Some(open), "{text}");
        let closed = "secure_tool_http_refusals_total{reason=\"connection\"}";
        assert_eq!(value(&text, closed), Some(refused), "{text}");
    };
    shows(0.0, 0.0).await;
    let connect = || TcpStream::connect(listening.address).unwrap();
    let held: Vec<_> = (0..4).map(|_| connect()).collect();
    let open = |count| move |connections: &Connections| connections.open() == count;
    let until = async |what: &str, is: &dyn Fn(&Connections) -> bool| {
        eventually(what, || is(&listening.connections).then_some(())).await;
    };
    until("four connections", &open(4)).await;
    let _refused = [connect(), connect()];
    until("two refusals", &|connections| connections.refused() == 2).await;
    shows(4.0, 2.0).await;
    drop(held);
    until("their end", &open(0)).await;
    shows(0.0, 2.0).await;
}
