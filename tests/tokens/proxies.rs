//! Plain HTTP behind a proxy that ends TLS: whose failures are counted.

use std::os::unix::fs::PermissionsExt;

use secure_tool_runtime::policy::Rate;
use secure_tool_runtime::prelude::*;

use crate::server::{Answer, TestServer};

/// A key of 256 bits that nobody uses elsewhere, and the entry that `keys hash` makes of it.
const KEY: &str = "stk_000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

const FORWARDED: &str = "X-Forwarded-For";

fn entry() -> String {
    use sha2::Digest;
    let digest = sha2::Sha256::digest(KEY);
    let hash: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{{\"name\":\"job\",\"hash\":\"sha256:{hash}\",\"scopes\":[\"notes:read\"]}}")
}

/// Behind a proxy at 127.0.0.1, which two failures of an address are forgiven.
async fn behind_a_proxy() -> TestServer {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("keys.jsonl");
    std::fs::write(&path, entry()).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    let options = |server: Server<Callers>| {
        server
            .failed_logins(Rate::new(2, 86_400, 2))
            .allowed_hosts(["mcp.example.com"])
            .behind_proxy("a proxy of the test ends TLS", ["127.0.0.1"])
    };
    // The file is read at the start.
    TestServer::start_with(ApiKeys::from_file(&path), options).await.unwrap()
}

async fn from(server: &TestServer, peer: &str, forwarded: &str, key: &str) -> Answer {
    let authorization = format!("Bearer {key}");
    let headers = [("Authorization", authorization.as_bytes()), (FORWARDED, forwarded.as_bytes())];
    server.post("whoami", &headers, peer).await
}

#[tokio::test]
async fn failures_are_those_of_the_client_and_not_of_the_proxy() {
    let server = behind_a_proxy().await;
    for expected in [401, 401, 429] {
        let answer = from(&server, "127.0.0.1", "198.51.100.7", "stk_bad").await;
        assert_eq!(answer.status, expected, "{answer:?}");
    }
    // What the client has put there itself comes before what the proxy adds.
    let answer = from(&server, "127.0.0.1", "6.6.6.6, 198.51.100.7", "stk_bad").await;
    assert_eq!(answer.status, 429, "an invented address is no new one: {answer:?}");
    assert_eq!(from(&server, "127.0.0.1", "198.51.100.8", "stk_bad").await.status, 401);
    // A key that is known is served from anywhere.
    for client in ["198.51.100.7", "198.51.100.8"] {
        let answer = from(&server, "127.0.0.1", client, KEY).await;
        assert_eq!((answer.status, answer.text()), (200, "key:job".into()), "{answer:?}");
    }
    assert_eq!(server.runs.get(), 2);
}

#[tokio::test]
async fn who_is_no_proxy_cannot_say_where_he_is() {
    let server = behind_a_proxy().await;
    for number in 0..4 {
        let invented = format!("203.0.113.{number}");
        let answer = from(&server, "127.0.0.2", &invented, "stk_bad").await;
        assert_eq!(answer.status, if number < 2 { 401 } else { 429 }, "{answer:?}");
    }
    // Nobody else has paid for it: neither whom he named, nor the proxy.
    assert_eq!(from(&server, "127.0.0.1", "203.0.113.0", "stk_bad").await.status, 401);
    assert_eq!(
        server.post("whoami", &[("Authorization", b"Bearer stk_bad")], "127.0.0.1").await.status,
        401
    );
    assert_eq!(server.runs.get(), 0);
}

#[tokio::test]
async fn its_own_pages_are_those_that_the_proxy_serves_over_tls() {
    let server = behind_a_proxy().await;
    for (scheme, expected) in [("https", 200), ("http", 403)] {
        let (key, origin) = (format!("Bearer {KEY}"), format!("{scheme}://{}", server.address));
        let headers = [("Authorization", key.as_bytes()), ("Origin", origin.as_bytes())];
        assert_eq!(server.post("whoami", &headers, "127.0.0.1").await.status, expected, "{origin}");
    }
}
