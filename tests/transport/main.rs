//! Clients that break the rules of the transport, break off, or lie. The server answers what can be
//! answered, leaves nothing half-done, and serves on.

#![allow(clippy::unwrap_used)]

mod support;

use std::io::Write;

use serde_json::{Value, json};
use support::http::{Request, Response, connect, read};
use support::lab::Scene;
use support::process::{HttpProcess, records};
use support::stdio::StdioProcess;
use support::{call, modern_meta, request};

/// Larger than any request that is read, in bytes.
const MAX_REQUEST: usize = 1 << 20;

fn listing(server: &HttpProcess) -> Request {
    Request::post(server, "alice", request(1, "tools/list", json!({})))
}

fn serves(server: &HttpProcess) {
    let answer = Request::post(server, "bob", call(9, "list_notes", json!({}))).send(server);
    assert_eq!(answer.json()["result"]["isError"], false, "{answer:?}");
}

fn modern(method: &str, mut params: Value) -> Value {
    params["_meta"] = modern_meta();
    request(1, method, params)
}

// Who calls.

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
        assert_eq!(response.header("server"), None, "{response:?}");
    }
}

// What is asked.

#[test]
fn there_is_one_method_and_one_path() {
    let server = HttpProcess::notes();
    for method in ["GET", "DELETE", "PUT", "PATCH", "OPTIONS"] {
        let response = listing(&server).method(method).body("").send(&server);
        assert_eq!(response.status, 405, "{method}: {response:?}");
    }
    for path in ["/", "/mcp/", "/mcp/x", "/healthz/..", "/MCP", "//mcp"] {
        assert_eq!(listing(&server).path(path).send(&server).status, 404, "{path}");
    }
    serves(&server);
}

#[test]
fn a_request_has_a_greatest_size() {
    let server = HttpProcess::notes();
    // The greatest note there is, in the longest spelling.
    let text = |length: usize| "\\ud83d\\ude00".repeat(length);
    let note = |title: String, body: String| {
        let empty = call(1, "add_note", json!({ "title": "T", "body": "B" })).to_string();
        empty.replace("\"T\"", &format!("\"{title}\"")).replace("\"B\"", &format!("\"{body}\""))
    };
    let largest = Request::post(&server, "alice", note(text(200), text(10_000))).send(&server);
    assert_eq!(largest.json()["result"]["isError"], false, "{largest:?}");
    let larger = Request::post(&server, "alice", note(text(200), text(100_000))).send(&server);
    assert_eq!(larger.status, 413, "no tool takes as much: {larger:?}");

    // In pieces, without a length told beforehand.
    let mut stream = connect(&server);
    let head: String = listing(&server)
        .headers
        .iter()
        .map(|(name, value)| format!("{name}: {value}\r\n"))
        .collect();
    let head = format!(
        "POST /mcp HTTP/1.1\r\n{head}Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).unwrap();
    let chunk = format!("10000\r\n{}\r\n", " ".repeat(0x10000));
    // The server may close before it has read everything.
    let _ = (0..20).try_for_each(|_| stream.write_all(chunk.as_bytes()));
    let _ = stream.write_all(b"0\r\n\r\n");
    assert_eq!(read(stream).status, 413);
    serves(&server);
}

#[test]
fn what_is_not_a_message_is_refused() {
    let server = HttpProcess::notes();
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    let deep = |depth: usize| {
        let message = call(1, "read_note", json!({ "id": "HERE" })).to_string();
        message.replace("\"HERE\"", &nested(depth))
    };
    let list = request(1, "tools/list", json!({})).to_string();
    for (body, code) in [
        (String::new(), -32700),
        ("{".into(), -32700),
        ("garbage".into(), -32700),
        ("null".into(), -32600),
        ("[]".into(), -32600),
        ("\"tools/list\"".into(), -32600),
        ("{\"jsonrpc\":\"2.0\"".into(), -32700),
        ("{\"jsonrpc\":\"1.0\",\"id\":1,\"method\":\"tools/list\"}".into(), -32600),
        ("{\"jsonrpc\":\"2.0\",\"id\":{},\"method\":\"tools/list\"}".into(), -32600),
        ("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":7}".into(), -32600),
        (nested(100_000), -32600),
        (deep(100_000), -32600),
        (deep(70), -32600),
        ("\u{feff}{}".into(), -32700),
        (format!("[{list}]"), -32600),
        (format!("{list}{list}"), -32700),
        (list.replacen('{', "{\"id\":2,", 1), -32600),
        (list.replace("\"id\"", "\"i\\u0064\":2,\"id\""), -32600),
    ] {
        let response = listing(&server).body(body.clone()).send(&server);
        let start: String = body.chars().take(50).collect();
        assert_eq!(response.status, 400, "{start}: {response:?}");
        assert_eq!(response.json()["error"]["code"], code, "{start}: {response:?}");
        assert_eq!(response.json()["id"], Value::Null, "{start}: {response:?}");
        assert!(response.body.len() < 300, "{start}: {response:?}");
    }
    for bytes in
        [&b"\xff\xfe{}"[..], b"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"\xc3\x28\"}", b"\0"]
    {
        let response = listing(&server).body(bytes).send(&server);
        assert_eq!(response.status, 400, "{response:?}");
        assert_eq!(response.json()["error"]["code"], -32700, "{response:?}");
    }
    // Deep, but a message: the tool refuses it.
    let response = Request::post(&server, "alice", "").body(deep(50)).send(&server);
    assert_eq!(response.json()["result"]["isError"], true, "{response:?}");
    serves(&server);
}

#[test]
fn other_content_types_are_refused() {
    let server = HttpProcess::notes();
    for kind in ["text/plain", "application/x-www-form-urlencoded", "application/json5", ""] {
        let response = listing(&server).set("Content-Type", kind).send(&server);
        assert_eq!(response.status, 415, "{kind}: {response:?}");
    }
    let response = listing(&server).without("Content-Type").send(&server);
    assert_eq!(response.status, 415, "{response:?}");
    let response = listing(&server).set("Accept", "text/html").send(&server);
    assert_eq!(response.status, 406, "{response:?}");
}

#[test]
fn headers_agree_with_the_body() {
    let server = HttpProcess::notes();
    let body = modern("tools/call", json!({ "name": "about", "arguments": {} }));
    let fine = Request::modern(&server, "alice", &body);
    assert_eq!(fine.send(&server).json()["result"]["isError"], false);
    for (what, request) in [
        ("another name", fine.clone().set("Mcp-Name", "usage")),
        ("two names", fine.clone().with("Mcp-Name", "usage")),
        ("no name", fine.clone().without("Mcp-Name")),
        ("another method", fine.clone().set("Mcp-Method", "tools/list")),
        ("no method", fine.clone().without("Mcp-Method")),
        ("another version", fine.clone().set("MCP-Protocol-Version", "2025-11-25")),
        ("no version", fine.clone().without("MCP-Protocol-Version")),
        ("an unknown version", fine.clone().set("MCP-Protocol-Version", "1999-01-01")),
    ] {
        let response = request.send(&server);
        assert_eq!(response.status, 400, "{what}: {response:?}");
    }
    serves(&server);
    let records = server.stop().records();
    assert_eq!(records.len(), 2, "what does not agree reaches no tool: {records:#?}");
}

#[test]
fn a_repeated_key_does_not_smuggle_anything() {
    let server = HttpProcess::notes();
    let body = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":
        {"name":"about","name":"usage","arguments":{}}}"#;
    let response = Request::post(&server, "alice", body).send(&server);
    assert_eq!(response.status, 400, "{response:?}");
    assert!(!response.body.contains("about"), "{response:?}");
    assert!(server.stop().records().is_empty(), "nothing was called");
}

// Breaking off.

#[test]
fn a_request_that_breaks_off_harms_nobody() {
    let server = HttpProcess::notes();
    let add = call(1, "add_note", json!({ "title": "half", "body": "" }));
    let bytes = Request::post(&server, "alice", add).bytes();
    for length in [0, 1, 10, bytes.len() / 2, bytes.len() - 1] {
        let mut stream = connect(&server);
        stream.write_all(&bytes[..length]).unwrap();
        drop(stream);
    }
    // Connections that say nothing at all.
    let idle: Vec<_> = (0..20).map(|_| connect(&server)).collect();
    serves(&server);
    drop(idle);
    let found = Request::post(&server, "alice", call(2, "search_notes", json!({ "text": "half" })));
    let found = found.send(&server).json();
    assert_eq!(found["result"]["structuredContent"]["notes"], json!([]), "{found}");
    assert_eq!(server.stop().records().len(), 2);
}

#[test]
fn garbage_instead_of_http_harms_nobody() {
    let server = HttpProcess::notes();
    for garbage in [
        &b"\x16\x03\x01\x02\x00\x01"[..],
        b"\0\0\0\0",
        b"GET\r\n\r\n",
        b"POST /mcp HTTP/9.9\r\n\r\n",
    ] {
        let mut stream = connect(&server);
        stream.write_all(garbage).unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        let mut answer = Vec::new();
        // Answered or closed.
        let _ = std::io::Read::read_to_end(&mut stream, &mut answer);
        assert!(!answer.starts_with(b"HTTP/1.1 2"), "{}", String::from_utf8_lossy(&answer));
    }
    let many: String = (0..1000).map(|n| format!("X-{n}: x\r\n")).collect();
    let mut stream = connect(&server);
    let _ = stream.write_all(format!("POST /mcp HTTP/1.1\r\n{many}\r\n").as_bytes());
    assert_eq!(read(stream).status, 431);
    serves(&server);
}

#[tokio::test]
async fn a_client_that_leaves_stops_its_call_over_http() {
    let scene = Scene::new().await;
    let server = HttpProcess::start(scene.command());
    for revision in ["2025-11-25", "2026-07-28"] {
        let body = match revision {
            "2025-11-25" => call(1, "two_rows", json!({})),
            _ => modern("tools/call", json!({ "name": "two_rows", "arguments": {} })),
        };
        let request = match revision {
            "2025-11-25" => Request::post(&server, "alice", &body),
            _ => Request::modern(&server, "alice", &body),
        };
        let stream = request.send_and_hold(&server);
        scene.begun().await;
        drop(stream);
        scene.undone().await;
        assert!(scene.is_free().await, "the transaction is over");
        assert_eq!(scene.rows().await, 0, "{revision}");
        scene.reset();
    }
    let records = server.stop().records();
    assert_eq!(records.len(), 2);
    assert!(records.iter().all(|record| record["outcome"] == "cancelled"), "{records:#?}");
}

#[tokio::test]
async fn a_client_that_leaves_stops_its_call_over_stdio() {
    let scene = Scene::new().await;
    let mut server = StdioProcess::start(scene.command());
    server.initialize();
    server.send(&call(1, "two_rows", json!({})));
    scene.begun().await;
    server.close();
    scene.undone().await;
    let (status, stderr) = server.wait();
    assert!(status.success(), "{stderr}");
    assert_eq!(scene.rows().await, 0);
    let audit = std::fs::read_to_string(server.audit_file()).unwrap();
    let records = records(&audit);
    assert_eq!(records.len(), 1, "{audit}");
    assert_eq!(records[0]["outcome"], "cancelled");
}

#[tokio::test]
async fn a_killed_server_leaves_nothing_half_done() {
    let scene = Scene::new().await;
    let mut server = StdioProcess::start(scene.command());
    server.initialize();
    server.send(&call(1, "two_rows", json!({})));
    scene.begun().await;
    support::process::signal(server.id(), "KILL");
    server.wait();
    assert!(scene.is_free().await);
    assert_eq!(scene.rows().await, 0);
}

#[tokio::test]
async fn a_cancelled_call_is_undone_and_the_next_one_is_served() {
    let scene = Scene::new().await;
    let mut server = StdioProcess::start(scene.command());
    server.initialize();
    server.send(&call(1, "two_rows", json!({})));
    scene.begun().await;
    server.send(&json!({
        "jsonrpc": "2.0", "method": "notifications/cancelled", "params": { "requestId": 1 },
    }));
    scene.undone().await;
    assert!(scene.is_free().await);
    assert_eq!(scene.rows().await, 0);

    scene.go();
    let answer = server.ask(&call(2, "two_rows", json!({})));
    assert_eq!(answer["result"]["isError"], false, "{answer}");
    assert_eq!(scene.rows().await, 2);
    let outcomes: Vec<_> =
        server.stop().records().iter().map(|record| record["outcome"].clone()).collect();
    assert_eq!(outcomes, ["cancelled", "served"]);
}

#[tokio::test]
async fn stopping_the_server_does_not_leave_a_call_half_done_over_stdio() {
    let scene = Scene::new().await;
    let mut server = StdioProcess::start(scene.command());
    server.initialize();
    server.send(&call(1, "two_rows", json!({})));
    scene.begun().await;
    support::process::signal(server.id(), "TERM");
    scene.undone().await;
    let (status, stderr) = server.wait();
    assert!(status.success(), "{stderr}");
    assert_eq!(scene.rows().await, 0);
    let audit = std::fs::read_to_string(server.audit_file()).unwrap();
    assert_eq!(records(&audit).len(), 1, "{audit}");
}

// Lines.

#[test]
fn a_line_without_an_end_is_not_a_request() {
    let mut server = StdioProcess::notes("alice");
    let line = call(1, "add_note", json!({ "title": "half", "body": "" })).to_string();
    server.write(line.as_bytes());
    assert_eq!(server.stop().records(), [] as [Value; 0]);
}

#[test]
fn after_a_line_that_is_not_a_message_the_next_one_counts() {
    let mut server = StdioProcess::notes("alice");
    let deep = "[".repeat(100_000);
    for garbage in [
        &b"\n"[..],
        b"\r\n",
        b"garbage\n",
        b"{\"jsonrpc\":\"2.0\",\"id\":1\n",
        b"\xff\xfe\xfd\n",
        b"{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"\xc3\x28\"}\n",
        b"null\n",
        b"{}\n",
        b"\0\0\0\n",
        format!("{deep}\n").as_bytes(),
    ] {
        server.write(garbage);
    }
    let answer = server.ask(&call(8, "list_notes", json!({})));
    assert_eq!(answer["result"]["isError"], false, "{answer}");
    let left = server.stop();
    assert_eq!(left.records().len(), 1);
    assert!(!left.stderr.contains("garbage"), "{}", left.stderr);
}

#[test]
fn an_oversized_line_is_dropped_and_the_next_one_counts() {
    let mut server = StdioProcess::notes("alice");
    let line = call(7, "add_note", json!({ "title": "x".repeat(MAX_REQUEST), "body": "" }));
    server.send(&line);
    let answer = server.ask(&call(8, "list_notes", json!({})));
    assert_eq!(answer["result"]["isError"], false, "{answer}");
    assert_eq!(server.stop().records().len(), 1);
}

#[test]
fn a_request_before_the_handshake_is_answered() {
    let mut server = {
        let mut command = support::process::clean(support::process::example("notes"));
        command.env("SECURE_TOOL_CALLER", "alice");
        StdioProcess::start(command)
    };
    let answer = server.ask(&call(1, "list_notes", json!({})));
    assert!(answer["error"]["message"].is_string(), "{answer}");
    server.initialize();
    let answer = server.ask(&call(2, "list_notes", json!({})));
    assert_eq!(answer["result"]["isError"], false, "{answer}");
}

#[test]
fn a_client_cannot_choose_who_it_is() {
    let mut server = StdioProcess::notes("nobody-in-particular");
    let mut listing = request(1, "tools/list", json!({}));
    listing["params"]["_meta"] = json!({ "caller": "admin", "SECURE_TOOL_ROLES": "admin" });
    let answer = server.ask(&listing);
    let tools = answer["result"]["tools"].as_array().unwrap();
    let names: Vec<_> = tools.iter().map(|tool| &tool["name"]).collect();
    assert_eq!(names, ["about"], "public ones only");
}

// Beside each other.

#[test]
fn two_servers_do_not_know_each_other() {
    let (one, other) = (HttpProcess::notes(), HttpProcess::notes());
    let crossed = Request::post(&one, "alice", request(1, "tools/list", json!({})))
        .set("Authorization", &format!("Bearer {}", other.token("alice")));
    assert_eq!(crossed.send(&one).status, 401);
    let add = call(1, "add_note", json!({ "title": "only in one", "body": "" }));
    Request::post(&one, "alice", add).send(&one);
    let search = call(2, "search_notes", json!({ "text": "only in one" }));
    let found = |server: &HttpProcess| -> usize {
        let response: Response = Request::post(server, "alice", &search).send(server);
        response.json()["result"]["structuredContent"]["notes"].as_array().unwrap().len()
    };
    assert_eq!((found(&one), found(&other)), (1, 0));
    assert_eq!((one.stop().records().len(), other.stop().records().len()), (2, 1));
}

#[test]
fn servers_side_by_side_have_audit_files_of_their_own() {
    let state = tempfile::tempdir().unwrap();
    let start = |user: &str| {
        let mut command = support::process::clean(support::process::example("notes"));
        command.env("XDG_STATE_HOME", state.path()).env("SECURE_TOOL_CALLER", user);
        let mut server = StdioProcess::start_with(command, &["serve"]);
        server.initialize();
        server
    };
    let (mut alice, mut bob) = (start("alice"), start("bob"));
    for server in [&mut alice, &mut bob] {
        server.ask(&call(1, "list_notes", json!({})));
    }
    for mut server in [alice, bob] {
        server.close();
        server.wait();
    }
    for (number, caller) in [(1, "alice"), (2, "bob")] {
        let path = state.path().join(format!("secure-tool/notes/audit-{number}.jsonl"));
        let records = records(&std::fs::read_to_string(path).unwrap());
        assert_eq!(records.len(), 1, "{records:?}");
        assert_eq!(records[0]["caller"], caller);
    }
}

#[test]
fn a_port_that_is_taken_is_told() {
    let server = HttpProcess::notes();
    let output = support::process::clean(support::process::example("notes"))
        .args(["serve", "--http", server.address(), "--audit-file"])
        .arg(server.directory.path().join("other.jsonl"))
        .output()
        .unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains("cannot listen on") && stderr.contains("help:"), "{stderr}");
}

#[test]
fn only_loopback_is_served() {
    let directory = tempfile::tempdir().unwrap();
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:0"] {
        let output = support::process::clean(support::process::example("notes"))
            .args(["serve", "--http", address, "--audit-file"])
            .arg(directory.path().join("audit.jsonl"))
            .output()
            .unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{address}: {stderr}");
        assert!(stderr.contains("loopback"), "{address}: {stderr}");
    }
}

/// Not a test: the server that some tests here start.
#[test]
fn serve_when_asked() {
    support::lab::serve_when_asked();
}
