//! Servers that others reach: by their names only, from where proxies say, and not without TLS.

use std::sync::Arc;

use secure_tool_runtime::server::{ClientCertificates, Tls};
use serde_json::json;
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

use crate::certificates::{Authority, Files, HOST, client, shake, uri};
use crate::clients::{Answer, Client, Wire};
use crate::support::{bounded, call};
use crate::world::{World, limits, said, tools};

const AGENT: &str = "spiffe://example.org/agent";

/// A server for strangers, and one of them.
struct Exposed {
    world: World,
    config: Arc<tokio_rustls::rustls::ClientConfig>,
}

impl Exposed {
    async fn new(proxies: &[&str]) -> Self {
        let authority = Authority::new();
        let files = Files::new(&authority.server());
        let authorities = files.with("clients.pem", &authority.pem);
        let tls = Tls::files(files.certificate(), files.key()).client_certificates(authorities);
        let (server, traces) = tools();
        let mut server = server.http_limits(limits()).allowed_hosts([HOST]).tls(tls);
        if !proxies.is_empty() {
            server = server.behind_proxy("a test", proxies.iter().copied());
        }
        let callers = ClientCertificates::new().uri(AGENT, &[], &[]);
        let server = server.callers(callers).bind_http(([0, 0, 0, 0], 0).into()).await.unwrap();
        let config = client(&[&authority], Some(&authority.client(vec![uri(AGENT)])), "http/1.1");
        Exposed { world: World::run(server, traces), config: Arc::new(config) }
    }

    /// From an address of loopback.
    async fn client(&self, from: [u8; 4]) -> Client<TlsStream<TcpStream>> {
        let wire = Wire::connect_from(from.into(), self.world.address).await;
        let connector = tokio_rustls::TlsConnector::from(Arc::clone(&self.config));
        let name = HOST.try_into().unwrap();
        let stream = bounded("a handshake", connector.connect(name, wire.stream)).await.unwrap();
        Client::new(Wire::new(stream), "").host(HOST)
    }

    async fn who(&self, from: [u8; 4], headers: &[(&str, &str)]) -> Answer {
        let mut client = self.client(from).await;
        for (name, value) in headers {
            client = client.with(name, value);
        }
        client.post(&call(1, "who", json!({}))).await
    }
}

#[tokio::test]
async fn only_listed_names_are_served_off_loopback() {
    let exposed = Exposed::new(&[]).await;
    for (host, status) in [
        (HOST, 200),
        ("MCP.example.com:8443", 200),
        ("localhost", 403),
        ("127.0.0.1", 403),
        ("evil.example", 403),
        ("mcp.example.com.evil.example", 403),
    ] {
        let mut client = exposed.client([127, 0, 0, 1]).await.host(host);
        let answer = client.post(&call(1, "who", json!({}))).await;
        assert_eq!(answer.status(), status, "{host}: {answer:?}");
        assert!(!answer.body.contains("evil"), "{answer:?}");
        let hsts = answer.header("strict-transport-security").unwrap();
        assert!(hsts.starts_with("max-age="), "{answer:?}");
    }
    exposed.world.stop().await;
}

// Linux has all of 127.0.0.0/8 on loopback.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn where_a_call_comes_from_is_what_trusted_proxies_say() {
    let exposed = Exposed::new(&["127.0.0.8/30"]).await;
    let (proxy, stranger) = ([127, 0, 0, 9], [127, 0, 0, 1]);
    for (from, headers, expected) in [
        (proxy, &[][..], "127.0.0.9"),
        (proxy, &[("X-Forwarded-For", "198.51.100.1")], "198.51.100.1"),
        (proxy, &[("X-Forwarded-For", "6.6.6.6, 198.51.100.1, 127.0.0.10")], "198.51.100.1"),
        (proxy, &[("Forwarded", "for=198.51.100.1;proto=https")], "198.51.100.1"),
        (proxy, &[("X-Forwarded-For", "198.51.100.1, garbage")], "127.0.0.9"),
        (stranger, &[("X-Forwarded-For", "6.6.6.6")], "127.0.0.1"),
        (stranger, &[("Forwarded", "for=6.6.6.6")], "127.0.0.1"),
        (stranger, &[("X-Forwarded-For", "127.0.0.9")], "127.0.0.1"),
    ] {
        let answer = exposed.who(from, headers).await;
        assert_eq!(said(&answer), format!("cert:{AGENT} {expected}"), "{from:?} {headers:?}");
    }
    let both = [("X-Forwarded-For", "198.51.100.1"), ("Forwarded", "for=6.6.6.6")];
    let answer = exposed.who(proxy, &both).await;
    assert_eq!(answer.status(), 400, "{answer:?}");
    assert!(!answer.body.contains("6.6.6.6"), "{answer:?}");
    exposed.world.stop().await;
}

#[tokio::test]
async fn its_own_pages_come_over_tls_wherever_it_ends() {
    let exposed = Exposed::new(&[]).await;
    let status = async |mut client: Client<TlsStream<TcpStream>>| {
        client.post(&call(1, "who", json!({}))).await.status()
    };
    for (origin, expected) in [(format!("https://{HOST}"), 200), (format!("http://{HOST}"), 403)] {
        let client = exposed.client([127, 0, 0, 1]).await.with("Origin", &origin);
        assert_eq!(status(client).await, expected, "off loopback: {origin}");
    }
    exposed.world.stop().await;

    let authority = Authority::new();
    let files = Files::new(&authority.server());
    let tls = Tls::files(files.certificate(), files.key());
    let world = World::with(limits(), |server| server.tls(tls)).await;
    let config = Arc::new(client(&[&authority], None, "http/1.1"));
    for (origin, expected) in [("https://localhost", 200), ("http://localhost", 403)] {
        let stream = shake(&config, world.address).await.unwrap();
        let client = Client::new(Wire::new(stream), &world.token).with("Origin", origin);
        assert_eq!(status(client).await, expected, "on loopback: {origin}");
    }
    world.stop().await;
}

#[tokio::test]
async fn what_others_need_has_to_be_there() {
    let callers = || ClientCertificates::new().uri(AGENT, &[], &[]);
    let anywhere = ([0, 0, 0, 0], 0).into();
    let (server, _) = tools();
    let error = server.callers(callers()).bind_http(anywhere).await.unwrap_err().to_string();
    assert!(error.contains("Tls::files") && error.contains("behind_proxy"), "{error}");
    let (server, _) = tools();
    let server = server.behind_proxy("nginx ends TLS", ["10.0.0.1"]).callers(callers());
    let error = server.bind_http(anywhere).await.unwrap_err().to_string();
    assert!(error.contains("allowed_hosts"), "{error}");
    let (server, _) = tools();
    let server = server.behind_proxy("", ["10.0.0.1"]).callers(callers());
    let error = server.bind_http(anywhere).await.unwrap_err().to_string();
    assert!(error.contains("reason"), "{error}");
    let (server, _) = tools();
    let local = secure_tool_runtime::LocalCaller::from_env();
    let error = server.callers(local).bind_http(anywhere).await.unwrap_err().to_string();
    assert!(error.contains("nobody could call"), "{error}");
}

#[tokio::test]
async fn a_socket_of_somebody_elses_is_served_under_the_same_rules() {
    let (server, traces) = tools();
    let users = || secure_tool_runtime::DevelopmentUsers::new().user("alice", &[], &[]);
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let world = World::run(server.callers(users()).take_http(listener).unwrap(), traces);
    world.stop_well().await;
    let (server, _) = tools();
    let listener = std::net::TcpListener::bind("0.0.0.0:0").unwrap();
    let error = server.callers(users()).take_http(listener).unwrap_err().to_string();
    assert!(error.contains("loopback only"), "{error}");
}
