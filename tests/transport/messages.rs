//! What is asked.

use super::*;

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
    // Half a mebibyte: it is the tools' own bounds that are exceeded.
    for characters in [40_000, 100_000] {
        let larger = note(text(200), text(characters));
        let larger = Request::post(&server, "alice", larger).send(&server);
        assert_eq!(larger.status, 413, "no tool takes as much: {larger:?}");
    }

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
fn an_answer_is_an_event_where_a_client_prefers_those() {
    let server = HttpProcess::notes();
    for (accept, kind) in [
        ("application/json, text/event-stream", "application/json"),
        ("text/event-stream, application/json", "text/event-stream"),
        ("text/event-stream;q=0.1, application/json", "application/json"),
    ] {
        let response = listing(&server).set("Accept", accept).send(&server);
        assert_eq!(response.header("content-type"), Some(kind), "{accept}: {response:?}");
        let text = response.body.strip_prefix("event: message\ndata: ").unwrap_or(&response.body);
        let message: Value = serde_json::from_str(text.trim_end()).unwrap();
        assert!(message["result"]["tools"].is_array(), "{message}");
        assert_eq!(text.len() < response.body.len(), kind == "text/event-stream");
    }
    // What is refused is refused as ever.
    let refused = listing(&server).set("Accept", "text/event-stream, application/json").body("{");
    assert_eq!(refused.send(&server).status, 400);
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

#[test]
fn methods_that_a_revision_has_removed_are_not_there() {
    let server = HttpProcess::notes();
    for method in ["initialize", "ping", "logging/setLevel", "no/such"] {
        let response = Request::modern(&server, "alice", &modern(method, json!({}))).send(&server);
        assert_eq!(response.status, 404, "{method}: {response:?}");
        assert_eq!(response.json()["error"]["code"], -32601, "{method}: {response:?}");
    }
    for (method, code) in [("initialize", -32602), ("no/such", -32601)] {
        let older = request(1, method, json!({ "protocolVersion": 7 }));
        let response = Request::post(&server, "alice", &older).send(&server);
        assert_eq!(response.json()["error"]["code"], code, "{method}: {response:?}");
    }
    serves(&server);
}
