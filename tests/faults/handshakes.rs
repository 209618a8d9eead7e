//! Handshakes of clients that are asked for certificates: verified each time, and not again and again for
//! those who fail.

use std::sync::Arc;

use secure_tool_runtime::server::Tls;
use serde_json::json;
use tokio_rustls::rustls::version::{TLS12, TLS13};
use tokio_rustls::rustls::{ClientConfig, HandshakeKind};

use crate::certificates::{Authority, Files, client_of, shake, uri};
use crate::clients::{Client, Wire};
use crate::support::call;
use crate::tls::{agents, tls};
use crate::world::{World, limits, tools};

const AGENT: &str = "spiffe://example.org/indexer";

/// A server that knows callers by their certificates.
async fn server(tls: Tls) -> World {
    let (server, traces) = tools();
    let server = server.http_limits(limits()).tls(tls).callers(agents());
    World::run(server.bind_http(([127, 0, 0, 1], 0).into()).await.unwrap(), traces)
}

/// How somebody who has been here before is let in.
async fn second(world: &World, config: ClientConfig) -> HandshakeKind {
    let config = Arc::new(config);
    let mut kinds = Vec::new();
    for _ in 0..2 {
        let stream = shake(&config, world.address).await.unwrap();
        kinds.push(stream.get_ref().1.handshake_kind().unwrap());
        // Tickets come with the first answer.
        let mut client = Client::new(Wire::new(stream), &world.token);
        assert_eq!(client.post(&call(1, "who", json!({}))).await.status(), 200);
    }
    assert_eq!(kinds[0], HandshakeKind::Full);
    kinds[1]
}

#[tokio::test]
async fn a_certificate_is_verified_in_each_handshake() {
    let authority = Authority::new();
    let files = Files::new(&authority.server());
    let authorities = files.with("clients.pem", &authority.pem);
    let pair = authority.client(vec![uri(AGENT)]);
    let asked = server(tls(&files).client_certificates(&authorities)).await;
    let optional = server(tls(&files).optional_client_certificates(&authorities)).await;
    let unasked = World::with(limits(), |server| server.tls(tls(&files))).await;
    for version in [&TLS12, &TLS13] {
        let client = |pair| client_of(&[version], &[&authority], pair, "http/1.1");
        assert_eq!(second(&asked, client(Some(&pair))).await, HandshakeKind::Full);
        assert_eq!(second(&optional, client(Some(&pair))).await, HandshakeKind::Full);
        // Where nobody is asked for any, nothing is known of anybody that could end.
        assert_eq!(second(&unasked, client(None)).await, HandshakeKind::Resumed);
    }
    for world in [asked, optional, unasked] {
        world.stop().await;
    }
}
