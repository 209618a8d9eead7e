//! The end of a server: idle connections at once, calls within their time, and nothing after it.

use std::time::{Duration, Instant};

use secure_tool_runtime::audit::Outcome;
use serde_json::json;

use crate::clients::Wire;
use crate::support::{bounded, call};
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
    assert!(tokio::net::TcpStream::connect(world.address).await.is_err(), "nobody is let in");
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
