//! Handshakes of clients that are asked for certificates: verified each time, and not again and again for
//! those who fail.

use std::sync::Arc;

use secure_tool_runtime::policy::Rate;
use secure_tool_runtime::prelude::*;
use secure_tool_runtime::server::{ClientCertificates, Tls};
use serde_json::json;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::version::{TLS12, TLS13};
use tokio_rustls::rustls::{ClientConfig, HandshakeKind};

use crate::agents::agents;
use crate::certificates::{Authority, Files, HOST, client, client_of, shake, uri};
use crate::clients::{Client, Wire};
use crate::support::{bounded, call};
use crate::tls::tls;
use crate::world::{World, limits, tools};

const AGENT: &str = "spiffe://example.org/indexer";

/// A server that knows callers by their certificates.
async fn server(tls: Tls) -> World {
    server_with(tls, agents(), |server| server).await
}

async fn server_with(
    tls: Tls,
    callers: impl Into<Callers>,
    options: impl FnOnce(Server) -> Server,
) -> World {
    let (server, traces) = tools();
    let server = options(server.http_limits(limits()).tls(tls)).callers(callers);
    World::run(server.bind_http(([127, 0, 0, 1], 0).into()).await.unwrap(), traces)
}

/// The status of an answer, if there is one, to a client at that address of loopback.
async fn status(world: &World, from: u8, config: &Arc<ClientConfig>) -> Option<u16> {
    let wire = Wire::connect_from([127, 0, 0, from].into(), world.address).await;
    let connector = TlsConnector::from(Arc::clone(config));
    let handshake = connector.connect(HOST.try_into().unwrap(), wire.stream);
    let stream = bounded("a handshake", handshake).await.ok()?;
    let mut client = Client::new(Wire::new(stream), &world.token);
    let bytes = client.bytes(&call(1, "who", json!({})));
    client.wire.send(&bytes).await;
    let answer = bounded("an answer", client.wire.try_answer()).await;
    drop(client);
    // What has failed is counted by now.
    world.has(0).await;
    answer.map(|answer| answer.status())
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

/// Somebody of whom three failures are forgiven, and everybody else.
struct Scene {
    tls: Tls,
    good: Arc<ClientConfig>,
    bad: Arc<ClientConfig>,
    none: Arc<ClientConfig>,
    _files: Files,
}

impl Scene {
    fn new(ask: fn(Tls, &std::path::Path) -> Tls) -> Self {
        let (authority, other) = (Authority::new(), Authority::new());
        let files = Files::new(&authority.server());
        let authorities = files.with("clients.pem", &authority.pem);
        let config = |pair| Arc::new(client(&[&authority], pair, "http/1.1"));
        Scene {
            tls: ask(tls(&files), &authorities),
            good: config(Some(&authority.client(vec![uri(AGENT)]))),
            bad: config(Some(&other.client(vec![uri(AGENT)]))),
            none: config(None),
            _files: files,
        }
    }

    fn required() -> Self {
        Scene::new(|tls, authorities| tls.client_certificates(authorities))
    }
}

const FEW: Rate = Rate::new(3, 3600, 3);

// Linux has all of 127.0.0.0/8 on loopback.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn who_shows_bad_certificates_too_often_gets_no_handshake() {
    let scene = Scene::required();
    let world = server_with(scene.tls.clone(), agents(), |server| server.failed_logins(FEW)).await;
    for _ in 0..2 {
        // Good ones count nothing, nor do those who show none, or go away.
        for _ in 0..5 {
            assert_eq!(status(&world, 1, &scene.good).await, Some(200));
            assert_eq!(status(&world, 1, &scene.none).await, None);
            drop(Wire::connect(world.address).await);
        }
        assert_eq!(status(&world, 1, &scene.bad).await, None);
    }
    assert_eq!(world.connections.refused(), 0);
    assert_eq!(status(&world, 1, &scene.good).await, Some(200), "not yet too often");
    assert_eq!(status(&world, 1, &scene.bad).await, None);
    for _ in 0..3 {
        // Without a word, and before it has said one.
        Wire::connect(world.address).await.ends().await;
    }
    assert_eq!(status(&world, 1, &scene.good).await, None);
    assert_eq!(world.connections.refused(), 4);
    assert_eq!(status(&world, 2, &scene.good).await, Some(200), "another address");
    world.stop().await;
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn nobody_is_shut_out_by_the_tokens_of_others_or_behind_a_proxy() {
    let scene = Scene::new(|tls, authorities| tls.optional_client_certificates(authorities));
    let alice = || DevelopmentUsers::new().user("alice", &[], &[]);
    let callers = Callers::from(agents()).or(alice());
    let mut world = server_with(scene.tls, callers, |server| server.failed_logins(FEW)).await;
    let token = std::mem::replace(&mut world.token, "dev_wrong".into());
    for _ in 0..3 {
        assert_eq!(status(&world, 1, &scene.none).await, Some(401));
    }
    assert_eq!(status(&world, 1, &scene.none).await, Some(429));
    world.token = token;
    assert_eq!(status(&world, 1, &scene.none).await, Some(200));
    assert_eq!(status(&world, 1, &scene.good).await, Some(200));
    world.stop().await;

    let scene = Scene::required();
    let callers = ClientCertificates::new().uri(AGENT, &[], &[]);
    let behind = |server: Server| {
        let server = server.behind_proxy("a test", ["127.0.0.9"]);
        server.failed_logins(FEW).allowed_hosts(["localhost"])
    };
    let world = server_with(scene.tls, callers, behind).await;
    for (from, served) in [(9, Some(200)), (1, None)] {
        for _ in 0..5 {
            assert_eq!(status(&world, from, &scene.bad).await, None);
        }
        assert_eq!(status(&world, from, &scene.good).await, served, "{from}");
    }
    world.stop().await;
}
