//! Breaking off.

use super::*;

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
