//! HTTP/2: as good as HTTP/1.1, and no way round its limits.

use std::net::SocketAddr;
use std::time::Duration;

use h2::client::{Builder, SendRequest};
use http::{Request, StatusCode};
use serde_json::{Value, json};
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

use crate::clients::Wire;
use crate::support::{bounded, call};
use crate::world::{SHORT, World, limits};

type Bytes = std::io::Cursor<Vec<u8>>;

async fn connect(
    address: SocketAddr,
    builder: &Builder,
) -> (SendRequest<Bytes>, JoinHandle<Result<(), h2::Error>>) {
    let stream = TcpStream::connect(address).await.unwrap();
    let (client, connection) = builder.handshake(stream).await.unwrap();
    (client, tokio::spawn(connection))
}

fn request(token: &str) -> Request<()> {
    Request::post("http://localhost/mcp")
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", "application/json")
        .header("accept", "application/json, text/event-stream")
        .header("mcp-protocol-version", "2025-11-25")
        .body(())
        .unwrap()
}

async fn post(client: SendRequest<Bytes>, token: &str, message: Value) -> (StatusCode, String) {
    let mut client = client.ready().await.unwrap();
    let (answer, mut body) = client.send_request(request(token), false).unwrap();
    body.send_data(Bytes::new(message.to_string().into_bytes()), true).unwrap();
    let answer = bounded("an answer", answer).await.unwrap();
    let status = answer.status();
    let mut body = answer.into_body();
    let mut text = Vec::new();
    while let Some(part) = bounded("a part of the body", body.data()).await {
        let part = part.unwrap();
        body.flow_control().release_capacity(part.len()).unwrap();
        text.extend_from_slice(&part);
    }
    (status, String::from_utf8(text).unwrap())
}

#[tokio::test]
async fn calls_are_served_side_by_side() {
    let world = World::new(limits()).await;
    let (client, connection) = connect(world.address, &Builder::new()).await;
    let mut calls = tokio::task::JoinSet::new();
    for number in 0..100 {
        let (client, token) = (client.clone(), world.token.clone());
        let tool = if number % 10 == 0 { "large" } else { "who" };
        calls.spawn(async move { post(client, &token, call(number, tool, json!({}))).await });
    }
    for (status, text) in calls.join_all().await {
        assert_eq!(status, 200);
        assert!(text.contains("\"isError\":false"));
    }
    let (status, _) = post(client.clone(), "dev_wrong", call(1, "who", json!({}))).await;
    assert_eq!(status, 401);
    drop(client);
    bounded("the connection to end", connection).await.unwrap().unwrap();
    world.stop_well().await;
}

#[tokio::test]
async fn streams_and_heads_have_limits() {
    let mut limits = limits();
    limits.streams = 5;
    let world = World::new(limits).await;
    let (client, _connection) = connect(world.address, &Builder::new()).await;
    let (status, _) = post(client.clone(), &world.token, call(1, "who", json!({}))).await;
    assert_eq!((status, client.current_max_send_streams()), (StatusCode::OK, 5));

    let mut client = client.ready().await.unwrap();
    let mut request = request(&world.token);
    request.headers_mut().insert("x-long", "x".repeat(100_000).parse().unwrap());
    let (answer, _) = client.send_request(request, true).unwrap();
    // Refused as a whole: by status, or by an error of the stream or the connection.
    if let Ok(answer) = bounded("an answer", answer).await {
        assert_eq!(answer.status(), 431);
    }
    drop(client);
    world.stop_well().await;
}

/// A frame (RFC 9113 §4.1).
fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    let mut frame = vec![length[1], length[2], length[3], kind, flags];
    frame.extend_from_slice(&stream.to_be_bytes());
    frame.extend_from_slice(payload);
    frame
}

/// `GET http://localhost/healthz` as HPACK, without a table.
fn get() -> Vec<u8> {
    let mut block = vec![0x82, 0x86];
    for (index, value) in [(0x04, "/healthz"), (0x01, "localhost")] {
        block.extend_from_slice(&[index, u8::try_from(value.len()).unwrap()]);
        block.extend_from_slice(value.as_bytes());
    }
    block
}

/// The error in the frame with which the server says goodbye.
fn goodbye(mut bytes: &[u8]) -> Option<u32> {
    while let Some((head, rest)) = bytes.split_at_checked(9) {
        let length = usize::from(head[0]) << 16 | usize::from(head[1]) << 8 | usize::from(head[2]);
        let (payload, rest) = rest.split_at_checked(length)?;
        if head[3] == 7 {
            return Some(u32::from_be_bytes(payload[4..8].try_into().unwrap()));
        }
        bytes = rest;
    }
    None
}

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

#[tokio::test]
async fn a_flood_of_requests_taken_back_ends_the_connection() {
    let world = World::new(limits()).await;
    let mut wire = Wire::connect(world.address).await;
    let mut bytes = PREFACE.to_vec();
    bytes.extend(frame(4, 0, 0, &[]));
    for number in 0..2000 {
        let stream = 2 * number + 1;
        bytes.extend(frame(1, 0b101, stream, &get()));
        bytes.extend(frame(3, 0, stream, &8_u32.to_be_bytes()));
    }
    wire.send(&bytes).await;
    let answer = wire.rest().await;
    const ENHANCE_YOUR_CALM: u32 = 0xb;
    assert_eq!(goodbye(&answer), Some(ENHANCE_YOUR_CALM));
    world.stop_well().await;
}

#[tokio::test]
async fn an_answer_without_room_for_it_is_not_kept_for_ever() {
    let mut limits = limits();
    limits.write_time = SHORT;
    let world = World::new(limits).await;
    // The client lets the server send nothing, on any stream.
    let mut builder = Builder::new();
    builder.initial_window_size(0);
    let (client, connection) = connect(world.address, &builder).await;
    let mut held = Vec::new();
    for number in 0..20 {
        let mut client = client.clone().ready().await.unwrap();
        let (answer, mut body) = client.send_request(request(&world.token), false).unwrap();
        let message = call(number, "large", json!({})).to_string();
        body.send_data(Bytes::new(message.into_bytes()), true).unwrap();
        held.push(answer);
    }
    world.has(1).await;
    // However it looks to the client: it is the server that ends it.
    let _ = bounded("the connection to end", connection).await.unwrap();
    world.has(0).await;
    drop((client, held));
    world.stop_well().await;
}

#[tokio::test]
async fn an_idle_connection_is_told_and_closed() {
    let mut limits = limits();
    limits.idle_time = SHORT;
    let world = World::new(limits).await;
    let (client, connection) = connect(world.address, &Builder::new()).await;
    let (status, _) = post(client.clone(), &world.token, call(1, "who", json!({}))).await;
    assert_eq!(status, 200);
    bounded("the connection to end", connection).await.unwrap().unwrap();

    // One that does not answer the goodbye is closed, too; pings are no requests.
    let mut wire = Wire::connect(world.address).await;
    let mut bytes = PREFACE.to_vec();
    bytes.extend(frame(4, 0, 0, &[]));
    bytes.extend(frame(1, 0b101, 1, &get()));
    wire.send(&bytes).await;
    let pings = async {
        let mut answer = [0; 4096];
        while wire.send(&frame(6, 0, 0, &[0; 8])).await {
            let pause = Duration::from_millis(30);
            if let Ok(Ok(0) | Err(_)) =
                tokio::time::timeout(pause, wire.stream.read(&mut answer)).await
            {
                return;
            }
        }
    };
    bounded("the server to close", pings).await;
    world.stop_well().await;
}
