//! The end of a server: idle connections at once, calls within their time, and nothing after it.

use std::time::{Duration, Instant};

use secure_tool_runtime::audit::Outcome;
use secure_tool_runtime::server::Sessions;
use serde_json::json;
use tokio::net::TcpStream;

use crate::clients::{Client, Wire};
use crate::support::{bounded, call, request};
use crate::world::{SHORT, World, limits, said, slow};

#[tokio::test]
async fn idle_connections_are_closed_at_once_and_calls_may_end() {
    let world = World::new(limits()).await;
    let silent = Wire::connect(world.address).await;
    let mut served = world.client().await;
    assert_eq!(served.post(&call(1, "who", json!({}))).await.status(), 200);
    let mut half = Wire::connect(world.address).await;
    half.send(b"POST /mcp HT").await;
    let mut busy = world.client().await;
    let bytes = busy.bytes(&slow(1500));
    busy.wire.send(&bytes).await;
    world.has(4).await;
    world.traces.running(1).await;

    let began = Instant::now();
    world.shutdown.cancel();
    silent.ends().await;
    served.wire.ends().await;
    assert!(began.elapsed() < Duration::from_secs(1), "at once");
    half.ends().await;
    assert!(TcpStream::connect(world.address).await.is_err(), "nobody is let in");
    let answer = busy.wire.answer().await;
    assert_eq!(said(&answer), "done");
    busy.wire.ends().await;
    assert!(began.elapsed() < Duration::from_secs(9), "not the whole time to drain");
    world.stopped().await;
}

#[tokio::test]
async fn a_call_that_takes_longer_is_cancelled_and_recorded() {
    let mut limits = limits();
    limits.drain_time = SHORT;
    let world = World::new(limits).await;
    let mut busy = world.client().await;
    let bytes = busy.bytes(&slow(3_600_000));
    busy.wire.send(&bytes).await;
    world.traces.running(1).await;
    let log = world.traces.log.clone();
    world.shutdown.cancel();
    // It gets an error, or nothing; but no result.
    let rest = String::from_utf8(busy.wire.rest().await).unwrap();
    assert!(!rest.contains("done"), "{rest}");
    world.stopped().await;
    let outcomes: Vec<_> = log.records().iter().map(|record| record.outcome).collect();
    assert_eq!(outcomes, [Outcome::Cancelled]);
}

#[tokio::test]
async fn a_balancer_gets_notice() {
    let mut limits = limits();
    limits.notice_time = Duration::from_secs(2);
    let world = World::new(limits).await;
    let mut watcher = world.client().await;
    watcher.headers.clear();
    let ready = watcher.get("GET", "/readyz").await;
    assert_eq!((ready.status(), ready.body.as_str()), (200, "ready\n"));
    world.shutdown.cancel();
    let stopping = async {
        loop {
            let answer = watcher.get("GET", "/readyz").await;
            if answer.status() != 200 {
                return answer;
            }
        }
    };
    let answer = bounded("another answer", stopping).await;
    assert_eq!(answer.status(), 503);
    assert_eq!(answer.body, "stopping\n");
    assert_eq!(watcher.get("GET", "/healthz").await.status(), 200, "it still lives");
    world.serves().await;
    bounded("the end", world.stopped()).await;
}

/// A session of the revision 2025-11-25.
async fn session(world: &World) -> String {
    let hello = json!({ "protocolVersion": "2025-11-25", "capabilities": {},
                        "clientInfo": { "name": "test", "version": "0" } });
    let opened = world.client().await.post(&request(1, "initialize", hello)).await;
    let id = opened.header("mcp-session-id").unwrap().to_owned();
    let begun = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" });
    let mut client = world.client().await.with("Mcp-Session-Id", &id);
    assert_eq!(client.post(&begun).await.status(), 202);
    id
}

/// Somebody who listens to events of a session, and has been told that he may.
async fn listener(world: &World, session: &str, last: Option<&str>) -> Client<TcpStream> {
    let mut client = world.client().await.with("Mcp-Session-Id", session);
    client = client.with("Accept", "text/event-stream").with("MCP-Protocol-Version", "2025-11-25");
    if let Some(last) = last {
        client = client.with("Last-Event-ID", last);
    }
    let answer = client.get("GET", "/mcp").await;
    assert_eq!(answer.status(), 200, "{answer:?}");
    assert_eq!(answer.header("content-type"), Some("text/event-stream"));
    client
}

#[tokio::test]
async fn who_only_listens_does_not_hold_the_end_up() {
    let mut limits = limits();
    limits.drain_time = Duration::from_secs(3600);
    let world = World::with(limits, |server| server.sessions(Sessions::default())).await;
    let id = session(&world).await;
    let listens = listener(&world, &id, None).await;
    let id = session(&world).await;
    let again = listener(&world, &id, Some("0")).await;
    let mut busy = world.client().await.with("Mcp-Session-Id", &id);
    let bytes = busy.bytes(&slow(1500));
    busy.wire.send(&bytes).await;
    world.traces.running(1).await;

    world.shutdown.cancel();
    for listens in [listens, again] {
        let rest = String::from_utf8(listens.wire.rest().await).unwrap();
        assert!(rest.ends_with("0\r\n\r\n"), "to its proper end: {rest:?}");
    }
    world.traces.running(1).await;
    let rest = String::from_utf8(busy.wire.rest().await).unwrap();
    assert!(rest.contains("done"), "a call that runs has its time: {rest}");
    world.stopped().await;
}

#[tokio::test]
async fn who_listens_again_for_the_answer_to_a_call_gets_it() {
    let mut limits = limits();
    limits.drain_time = Duration::from_secs(3600);
    let world = World::with(limits, |server| server.sessions(Sessions::default())).await;
    let id = session(&world).await;
    let mut busy = world.client().await.with("Mcp-Session-Id", &id);
    let bytes = busy.bytes(&slow(1500));
    busy.wire.send(&bytes).await;
    world.traces.running(1).await;
    let head = busy.wire.answer().await;
    let event = bounded("an event", busy.wire.line("id: ")).await;
    assert_eq!(head.status(), 200);
    drop(busy);
    let again = listener(&world, &id, Some(&event)).await;
    world.traces.running(1).await;
    world.shutdown.cancel();
    let rest = String::from_utf8(again.wire.rest().await).unwrap();
    assert!(rest.contains("done"), "{rest}");
    world.stopped().await;
}
