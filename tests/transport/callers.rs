//! Who calls.

use super::*;

#[test]
fn without_a_valid_token_there_is_an_invitation_to_authenticate() {
    let server = HttpProcess::notes();
    let token = server.token("alice").to_owned();
    let valid = format!("Bearer {token}");
    for (what, request) in [
        ("none", listing(&server).without("Authorization")),
        ("two", listing(&server).with("Authorization", &valid)),
        ("another", listing(&server).set("Authorization", "Bearer dev_0000")),
        ("empty", listing(&server).set("Authorization", "Bearer ")),
        ("no token", listing(&server).set("Authorization", "Bearer")),
        ("a prefix", listing(&server).set("Authorization", &valid[..valid.len() - 1])),
        ("longer", listing(&server).set("Authorization", &format!("{valid}0"))),
        (
            "upper case",
            listing(&server).set("Authorization", &format!("Bearer {}", token.to_uppercase())),
        ),
        ("basic", listing(&server).set("Authorization", &format!("Basic {token}"))),
        ("huge", listing(&server).set("Authorization", &format!("Bearer {}", "x".repeat(5000)))),
        ("in the query", listing(&server).without("Authorization").path("/mcp?access_token=x")),
    ] {
        let response = request.send(&server);
        assert_eq!(response.status, 401, "{what}: {response:?}");
        let challenge = response.header("www-authenticate").unwrap_or_default();
        assert!(challenge.starts_with("Bearer"), "{what}: {response:?}");
        assert!(!response.body.contains(&token), "{what}: {response:?}");
    }
    // The scheme is not case-sensitive (RFC 9110 §11.1).
    let lower_case = listing(&server).set("Authorization", &format!("bearer {token}"));
    assert_eq!(lower_case.send(&server).status, 200);

    let left = server.stop();
    assert!(!left.audit.contains(&token), "{}", left.audit);
    // Attempts are told to whoever reads the log; the tokens in it are those of the welcome.
    let attempts: Vec<_> =
        left.stderr.lines().filter(|line| line.contains("bearer token peer=127.0.0.1")).collect();
    assert_eq!(attempts.len(), 11, "{attempts:#?}");
    assert!(attempts.iter().all(|line| !line.contains(&token)), "{attempts:#?}");
    assert!(left.records().is_empty(), "nobody called a tool: {}", left.audit);
}

#[test]
fn an_unauthenticated_body_is_not_read() {
    let server = HttpProcess::notes();
    let mut stream = connect(&server);
    let head = format!(
        "POST /mcp HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\n\
         Content-Length: 1000000000\r\n\r\n",
        server.address()
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    assert_eq!(read(stream).status, 401);
    serves(&server);
}

#[test]
fn pages_of_other_sites_are_refused() {
    let server = HttpProcess::notes();
    let port = server.address().rsplit(':').next().unwrap().to_owned();
    for host in [
        "evil.example",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "127.0.0.2",
        "0.0.0.0",
        "127.1",
        "",
    ] {
        let response = listing(&server).set("Host", host).send(&server);
        assert!([400, 403].contains(&response.status), "{host}: {response:?}");
        let health = listing(&server).method("GET").path("/healthz").set("Host", host);
        assert!([400, 403].contains(&health.send(&server).status), "{host}");
    }
    let two = listing(&server).with("Host", "evil.example").send(&server);
    assert!([400, 403].contains(&two.status), "{two:?}");
    for origin in [
        "https://evil.example".to_owned(),
        "null".to_owned(),
        format!("https://{}", server.address()),
        format!("http://localhost:{port}"),
        String::new(),
    ] {
        let response = listing(&server).with("Origin", &origin).send(&server);
        assert_eq!(response.status, 403, "{origin}: {response:?}");
    }
    let own = format!("http://{}", server.address());
    assert_eq!(listing(&server).with("Origin", &own).send(&server).status, 200);
    for host in [format!("localhost:{port}"), format!("127.0.0.1:{port}"), format!("[::1]:{port}")]
    {
        assert_eq!(listing(&server).set("Host", &host).send(&server).status, 200, "{host}");
    }
}

#[test]
fn answers_are_not_kept_or_guessed_at() {
    let server = HttpProcess::notes();
    for request in [listing(&server), listing(&server).without("Authorization")] {
        let response = request.send(&server);
        assert_eq!(response.header("cache-control"), Some("no-store"), "{response:?}");
        assert_eq!(response.header("x-content-type-options"), Some("nosniff"), "{response:?}");
        assert_eq!(response.header("access-control-allow-origin"), None, "{response:?}");
        assert_eq!(response.header("strict-transport-security"), None, "{response:?}");
        let policy = response.header("content-security-policy").unwrap();
        assert!(policy.contains("frame-ancestors 'none'"), "{response:?}");
        assert_eq!(response.header("referrer-policy"), Some("no-referrer"), "{response:?}");
        assert_eq!(response.header("server"), None, "{response:?}");
    }
}
