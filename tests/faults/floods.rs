//! Clients that open more connections than there is room for.

use serde_json::json;

use crate::clients::{Client, Wire};
use crate::support::call;
use crate::world::{World, limits};

#[tokio::test]
async fn a_thousand_idle_connections_are_in_nobodys_way() {
    let world = World::new(limits()).await;
    let mut idle = Vec::new();
    for number in 0..1000 {
        let mut wire = Wire::connect(world.address).await;
        // Some have begun, some were served, and most say nothing.
        match number % 10 {
            0 => assert!(wire.send(b"POST /mcp HTTP/1.1\r\nHost: loc").await),
            1 => {
                let mut client = Client::new(wire, &world.token);
                assert_eq!(client.post(&call(1, "who", json!({}))).await.status(), 200);
                wire = client.wire;
            }
            _ => {}
        }
        idle.push(wire);
    }
    world.has(1000).await;
    world.serves().await;
    drop(idle);
    world.has(0).await;
    world.stop_well().await;
}

#[tokio::test]
async fn more_connections_than_there_are_places_are_closed_at_once() {
    let mut limits = limits();
    limits.connections = 10;
    let world = World::new(limits).await;
    let mut held = Vec::new();
    for _ in 0..10 {
        held.push(Wire::connect(world.address).await);
    }
    world.has(10).await;
    for _ in 0..50 {
        Wire::connect(world.address).await.ends().await;
    }
    assert_eq!((world.connections.open(), world.connections.refused()), (10, 50));
    held.pop();
    world.has(9).await;
    world.serves().await;
    drop(held);
    world.has(0).await;
    world.stop_well().await;
}

// Linux has all of 127.0.0.0/8 on loopback.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn one_address_does_not_take_the_places_of_others() {
    let mut limits = limits();
    limits.connections_per_address = 5;
    let world = World::new(limits).await;
    let greedy = [127, 0, 0, 9].into();
    let mut held = Vec::new();
    for _ in 0..5 {
        held.push(Wire::connect_from(greedy, world.address).await);
    }
    world.has(5).await;
    for _ in 0..20 {
        Wire::connect_from(greedy, world.address).await.ends().await;
    }
    world.serves().await;
    drop(held);
    world.has(0).await;
    let wire = Wire::connect_from(greedy, world.address).await;
    let answer = Client::new(wire, &world.token).post(&call(1, "who", json!({}))).await;
    assert_eq!(answer.status(), 200, "it has its places back");
    world.stop_well().await;
}
