//! Bytes that are no HTTP, heads without measure, and connections that break off.

use serde_json::json;
use tokio::io::AsyncWriteExt;

use crate::clients::Wire;
use crate::support::call;
use crate::world::{World, limits, slow};

/// Numbers that look random and are the same every time (xorshift).
fn noise(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed | 1;
    let next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state as u8
    };
    std::iter::repeat_with(next).take(length).collect()
}

#[tokio::test]
async fn garbage_harms_nobody() {
    let world = World::new(limits()).await;
    let head = world.client().await.open_head();
    for seed in 0..200 {
        let mut wire = Wire::connect(world.address).await;
        let start = match seed % 4 {
            0 => &b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"[..],
            1 => head.as_bytes(),
            2 => b"\x16\x03\x01",
            _ => b"POST ",
        };
        let bytes = [start, &noise(seed, 1 + seed as usize * 37)].concat();
        wire.send(&bytes).await;
        let _ = wire.stream.shutdown().await;
        let answer = wire.rest().await;
        assert!(!answer.starts_with(b"HTTP/1.1 2"), "{}", String::from_utf8_lossy(&answer));
    }
    assert!(world.traces.log.records().is_empty(), "nothing was called");
    world.stop_well().await;
}

#[tokio::test]
async fn a_head_has_a_greatest_size() {
    let world = World::new(limits()).await;
    let many: String = (0..100).map(|number| format!("X-{number}: x\r\n")).collect();
    let long = format!("X-Long: {}\r\n", "x".repeat(100_000));
    let endless = "x".repeat(1 << 20);
    for tail in [many.as_str(), &long, &endless] {
        let mut client = world.client().await;
        let head = format!("{}{tail}", client.open_head());
        // The server answers and closes before it has read everything.
        client.wire.send(head.as_bytes()).await;
        client.wire.send(b"\r\n").await;
        let answer = String::from_utf8(client.wire.rest().await).unwrap();
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431"), "{answer}");
    }
    let mut client = world.client().await;
    let target = format!("POST /{} HTTP/1.1\r\nHost: localhost\r\n\r\n", "x".repeat(60_000));
    client.wire.send(target.as_bytes()).await;
    let answer = String::from_utf8(client.wire.rest().await).unwrap();
    let refused = ["HTTP/1.1 431", "HTTP/1.1 414"].iter().any(|status| answer.starts_with(status));
    assert!(answer.is_empty() || refused, "{answer}");
    world.stop_well().await;
}

#[tokio::test]
async fn connections_that_break_off_leave_nothing() {
    let world = World::new(limits()).await;
    let bytes = world.client().await.bytes(&call(1, "who", json!({})));
    for length in (0..bytes.len()).step_by(7) {
        let mut wire = Wire::connect(world.address).await;
        wire.send(&bytes[..length]).await;
        drop(wire);
        let mut wire = Wire::connect(world.address).await;
        wire.send(&bytes[..length]).await;
        // Half-closed: it still listens.
        wire.stream.shutdown().await.unwrap();
        let rest = wire.rest().await;
        assert!(!rest.starts_with(b"HTTP/1.1 2"), "{}", String::from_utf8_lossy(&rest));
    }
    world.has(0).await;
    assert!(world.traces.log.records().is_empty(), "nothing was called");
    world.stop_well().await;
}

#[tokio::test]
async fn a_client_that_hangs_up_ends_its_call() {
    let world = World::new(limits()).await;
    for half in [false, true] {
        let mut client = world.client().await;
        let bytes = client.bytes(&slow(3_600_000));
        client.wire.send(&bytes).await;
        let before = world.traces.log.records().len();
        world.traces.running(1).await;
        if half {
            client.wire.stream.shutdown().await.unwrap();
        } else {
            drop(client);
        }
        world.has(0).await;
        world.traces.running(0).await;
        crate::support::eventually("the record of the call", || {
            (world.traces.log.records().len() > before).then_some(())
        })
        .await;
    }
    world.stop_well().await;
}
