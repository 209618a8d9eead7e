//! Clients that take their time ("slow-loris"), in heads, in bodies, between requests, and when it
//! is their turn to read.

use std::time::Duration;

use serde_json::json;
use tokio::io::AsyncReadExt;

use crate::clients::Wire;
use crate::support::{bounded, call};
use crate::world::{SHORT, World, limits};

/// Sends a byte now and then, until the server has enough.
async fn trickle(wire: &mut Wire<tokio::net::TcpStream>, bytes: &[u8]) {
    let mut bytes = bytes.iter().cycle();
    let mut answer = [0; 1024];
    let sending = async {
        loop {
            let byte = [*bytes.next().unwrap()];
            if !wire.send(&byte).await {
                return;
            }
            let pause = Duration::from_millis(20);
            let read = tokio::time::timeout(pause, wire.stream.read(&mut answer)).await;
            if matches!(read, Ok(Ok(0) | Err(_))) {
                return;
            }
        }
    };
    bounded("the server to have enough", sending).await;
}

#[tokio::test]
async fn a_head_that_does_not_end_is_cut() {
    let mut limits = limits();
    limits.header_time = SHORT;
    let world = World::new(limits).await;
    let head = world.client().await.open_head();
    let mut clients = tokio::task::JoinSet::new();
    for length in 1..50 {
        let mut wire = Wire::connect(world.address).await;
        let head = head.clone();
        clients.spawn(async move {
            wire.send(&head.as_bytes()[..length]).await;
            trickle(&mut wire, b"X-A: a\r\n").await;
        });
    }
    // A client that was served before is no better.
    let mut served = world.client().await;
    assert_eq!(served.post(&call(1, "who", json!({}))).await.status(), 200);
    served.wire.send(b"POST /mcp HT").await;
    clients.join_all().await;
    served.wire.ends().await;
    world.stop_well().await;
}

#[tokio::test]
async fn a_body_that_does_not_end_is_refused() {
    let mut limits = limits();
    limits.body_time = SHORT;
    let world = World::new(limits).await;
    for end in ["Content-Length: 1000\r\n\r\n{", "Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n"] {
        let mut client = world.client().await;
        let head = format!("{}{end}", client.open_head());
        client.wire.send(head.as_bytes()).await;
        let answer = client.wire.answer().await;
        assert_eq!(answer.status(), 408, "{answer:?}");
        client.wire.ends().await;
    }
    let mut client = world.client().await;
    let head = client.head(100_000);
    client.wire.send(head.as_bytes()).await;
    trickle(&mut client.wire, b" ").await;
    assert!(world.traces.log.records().is_empty(), "nothing was called");
    world.stop_well().await;
}

#[tokio::test]
async fn a_stranger_is_not_waited_for() {
    let world = World::new(limits()).await;
    let mut stranger = world.client().await;
    stranger.headers.clear();
    let head = stranger.head(100_000);
    stranger.wire.send(head.as_bytes()).await;
    let answer = stranger.wire.answer().await;
    assert_eq!(answer.status(), 401, "{answer:?}");
    stranger.wire.ends().await;
    world.stop_well().await;
}

#[tokio::test]
async fn an_idle_connection_is_closed() {
    let mut limits = limits();
    limits.idle_time = SHORT;
    let world = World::new(limits).await;
    let silent = Wire::connect(world.address).await;
    let mut served = world.client().await;
    assert_eq!(served.post(&call(1, "who", json!({}))).await.status(), 200);
    silent.ends().await;
    served.wire.ends().await;
    world.stop_well().await;
}

#[tokio::test]
async fn a_call_is_not_idle() {
    let mut limits = limits();
    limits.idle_time = SHORT;
    limits.header_time = SHORT;
    limits.body_time = SHORT;
    limits.write_time = SHORT;
    let world = World::new(limits).await;
    let mut client = world.client().await;
    let answer = client.post(&crate::world::slow(1500)).await;
    assert_eq!(crate::world::said(&answer), "done");
    world.stop_well().await;
}

#[tokio::test]
async fn a_client_that_does_not_read_is_cut() {
    let mut limits = limits();
    limits.write_time = SHORT;
    let world = World::new(limits).await;
    let mut client = world.client().await;
    let bytes = client.bytes(&call(1, "large", json!({})));
    // More than the buffers of the system hold.
    let sending = async { while client.wire.send(&bytes).await {} };
    let _ = tokio::time::timeout(SHORT, sending).await;
    world.has(0).await;
    world.stop_well().await;
}
