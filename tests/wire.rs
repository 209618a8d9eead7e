//! What rmcp alone gets wrong, seen from the other end of the wire: bounds are enforced, unknown
//! arguments refused, no value is echoed, no error goes out verbatim, and a panic is answered. After
//! each of them the server serves on.

#![allow(clippy::unwrap_used)]

mod support;

use serde_json::{Map, Value, json};
use sqlx::ConnectOptions;
use support::http::{Request, Response};
use support::lab::Scene;
use support::process::{HttpProcess, clean, example};
use support::stdio::StdioProcess;
use support::{CANARY, call, request};

fn post(server: &HttpProcess, body: &Value) -> Response {
    Request::post(server, "alice", body).send(server)
}

/// The text of a refusal, and that it is one.
fn refused<'a>(answer: &'a Value, code: &str) -> &'a str {
    let result = &answer["result"];
    assert_eq!(result["isError"], true, "{answer}");
    assert_eq!(result["_meta"]["secure-tool/refusal"]["code"], code, "{answer}");
    result["content"][0]["text"].as_str().unwrap()
}

fn serves(server: &HttpProcess) {
    let answer = post(server, &call(999, "list_notes", json!({}))).json();
    assert_eq!(answer["result"]["isError"], false, "{answer}");
}

#[test]
fn bounds_are_enforced() {
    let server = HttpProcess::notes();
    for (tool, arguments, path, demand) in [
        (
            "add_note",
            json!({ "title": "", "body": "" }),
            "$.title",
            "must have 1 to 200 characters",
        ),
        (
            "add_note",
            json!({ "title": "é".repeat(201), "body": "" }),
            "$.title",
            "must have 1 to 200 characters",
        ),
        (
            "add_note",
            json!({ "title": " \t ", "body": "" }),
            "$.title",
            "must pass the check `not_blank`",
        ),
        (
            "add_note",
            json!({ "title": "a", "body": "", "labels": ["a", "", "c"] }),
            "$.labels[1]",
            "must have 1 to 32 characters",
        ),
        (
            "add_note",
            json!({ "title": "a", "body": "", "labels": vec!["a"; 11] }),
            "$.labels",
            "must have at most 10 items",
        ),
        (
            "add_note",
            json!({ "title": "a", "body": "", "facts": { "a": "x".repeat(201) } }),
            "$.facts[entry 0]",
            "must have at most 200 characters",
        ),
        (
            "add_note",
            json!({ "title": "a", "body": "", "source": "nowhere" }),
            "$.source",
            "must be a URL",
        ),
        (
            "add_note",
            json!({ "title": "a", "body": "", "priority": "urgent" }),
            "$.priority",
            "must be one of `low`, `normal`, `high`",
        ),
        ("add_note", json!({ "body": "" }), "$.title", "is missing"),
        ("read_note", json!({ "id": 0 }), "$.id", "must be from 1 to 1000000000"),
        ("read_note", json!({ "id": "1" }), "$.id", "must be a whole number"),
        ("list_notes", json!({ "limit": 101 }), "$.limit", "must be from 1 to 100"),
        (
            "remind_me",
            json!({ "id": 1, "reminder": { "schedule": { "kind": "once", "days": 366 }, "email": "a" } }),
            "$.reminder.schedule.days",
            "must be from 1 to 365",
        ),
        (
            "remind_me",
            json!({ "id": 1, "reminder": { "schedule": { "kind": "once", "days": 1 }, "email": "a" } }),
            "$.reminder.email",
            "must be an e-mail address",
        ),
    ] {
        let answer = post(&server, &call(1, tool, arguments)).json();
        let text = refused(&answer, "invalid_input");
        assert!(text.contains(&format!("- `{path}` {demand}")), "{text}");
    }
    serves(&server);
    let audit = server.stop().audit;
    assert_eq!(audit.lines().filter(|line| line.contains("\"served\"")).count(), 1, "{audit}");
}

#[test]
fn unknown_arguments_are_refused() {
    let server = HttpProcess::notes();
    for (tool, arguments, path) in [
        ("read_note", json!({ "id": 1, "owner": "bob" }), "$"),
        ("notebook.export", json!({ "caller": "bob" }), "$"),
        ("list_notes", json!({ "": null }), "$"),
        (
            "remind_me",
            json!({ "id": 1, "reminder": {
                "schedule": { "kind": "once", "days": 1 }, "email": "alice@example.org", "cc": "x",
            } }),
            "$.reminder",
        ),
        (
            "remind_me",
            json!({ "id": 1, "reminder": {
                "schedule": { "kind": "once", "days": 1, "day": "monday" }, "email": "alice@example.org",
            } }),
            "$.reminder.schedule",
        ),
    ] {
        let answer = post(&server, &call(1, tool, arguments)).json();
        let text = refused(&answer, "invalid_input");
        assert!(text.contains(&format!("- `{path}` must ")), "{text}");
    }
    serves(&server);
}

/// Every place of every tool in turn, with values that do not belong there.
fn misfits(tool: &Value) -> Vec<Value> {
    let none = Map::new();
    let properties = tool["inputSchema"]["properties"].as_object().unwrap_or(&none);
    let mut calls = vec![json!({ CANARY: CANARY })];
    for name in properties.keys() {
        for value in [
            json!(CANARY.repeat(2000)),
            json!([CANARY]),
            json!([[CANARY], { CANARY: CANARY }]),
            json!({ CANARY: CANARY.repeat(2000) }),
            json!({ CANARY: { CANARY: [CANARY] } }),
            json!(vec![CANARY.repeat(10); 30]),
        ] {
            calls.push(json!({ name: value }));
        }
    }
    calls
}

#[test]
fn no_value_is_echoed() {
    let server = HttpProcess::notes();
    let list = Request::post(&server, "admin", request(0, "tools/list", json!({}))).send(&server);
    let tools = list.json()["result"]["tools"].clone();
    let mut sent = 0;
    for tool in tools.as_array().unwrap() {
        let name = tool["name"].as_str().unwrap();
        // As each user, because a limit may be reached on the way.
        for (arguments, user) in
            misfits(tool).into_iter().zip(["admin", "alice", "bob"].into_iter().cycle())
        {
            let response =
                Request::post(&server, user, call(1, name, arguments.clone())).send(&server);
            let answer = response.json();
            assert_eq!(answer["result"]["isError"], true, "{name} {arguments}: {answer}");
            assert!(!response.body.contains(CANARY), "{name}: {}", response.body);
            assert!(response.body.len() < 4096, "{name}: {} bytes", response.body.len());
            sent += 1;
        }
    }
    assert!(sent > 50);
    serves(&server);
    let left = server.stop();
    assert!(!left.audit.contains(CANARY) && !left.stderr.contains(CANARY), "{left:?}");
    assert_eq!(left.records().len(), sent + 1);
}

#[test]
fn no_name_is_echoed_over_http() {
    let server = HttpProcess::notes();
    let listing = request(1, "tools/list", json!({}));
    let modern = |method: &str, params: Value| {
        let mut body = request(1, method, params);
        body["params"]["_meta"] = support::modern_meta();
        body
    };
    let modern_call = modern("tools/call", json!({ "name": "about", "arguments": {} }));
    let post = |body: &Value| Request::post(&server, "alice", body);
    let requests = [
        ("tool", post(&call(1, CANARY, json!({ CANARY: CANARY })))),
        ("long tool", post(&call(1, &CANARY.repeat(1000), json!({})))),
        ("method", post(&request(1, CANARY, json!({ CANARY: CANARY })))),
        ("params", post(&request(1, "tools/call", json!({ CANARY: CANARY })))),
        ("kind of name", post(&request(1, "tools/call", json!({ "name": [CANARY] })))),
        (
            "kind of arguments",
            post(&request(1, "tools/call", json!({ "name": "about", "arguments": CANARY }))),
        ),
        ("prompt", post(&request(1, "prompts/get", json!({ "name": CANARY })))),
        ("resource", post(&request(1, "resources/read", json!({ "uri": CANARY })))),
        ("cursor", post(&request(1, "tools/list", json!({ "cursor": CANARY })))),
        ("not JSON", post(&Value::Null).body(format!("{{\"{CANARY}\": {CANARY}"))),
        ("not a message", post(&json!({ CANARY: CANARY }))),
        ("text", post(&json!(CANARY))),
        ("version of JSON-RPC", post(&json!({ "jsonrpc": CANARY, "id": 1, "method": "ping" }))),
        (
            "a response",
            post(&json!({ "jsonrpc": "2.0", "id": CANARY, "result": { CANARY: CANARY } })),
        ),
        ("version", post(&listing).set("MCP-Protocol-Version", CANARY)),
        ("content type", post(&listing).set("Content-Type", CANARY)),
        ("accept", post(&listing).set("Accept", CANARY)),
        ("host", post(&listing).set("Host", CANARY)),
        ("origin", post(&listing).with("Origin", CANARY)),
        ("token", post(&listing).set("Authorization", &format!("Bearer {CANARY}"))),
        ("scheme", post(&listing).set("Authorization", CANARY)),
        ("session", post(&listing).with("Mcp-Session-Id", CANARY)),
        ("event", post(&listing).with("Last-Event-ID", CANARY)),
        ("name header", Request::modern(&server, "alice", &modern_call).set("Mcp-Name", CANARY)),
        (
            "method header",
            Request::modern(&server, "alice", &modern_call).set("Mcp-Method", CANARY),
        ),
        (
            "argument header",
            Request::modern(&server, "alice", &modern_call).with("Mcp-Param-x", CANARY),
        ),
        (
            "version header",
            Request::modern(&server, "alice", &modern_call).set("MCP-Protocol-Version", CANARY),
        ),
        (
            "body of another name",
            Request::modern(&server, "alice", &modern("tools/call", json!({ "name": CANARY })))
                .set("Mcp-Name", "about"),
        ),
        (
            "body of another method",
            Request::modern(&server, "alice", &modern(CANARY, json!({})))
                .set("Mcp-Method", "tools/list"),
        ),
    ];
    let mut echoes = Vec::new();
    for (what, request) in requests {
        let response = request.send(&server);
        if response.body.contains(CANARY) || response.head.contains(CANARY) {
            echoes.push(format!("{what}: {} {}", response.status, response.body));
        }
    }
    assert!(echoes.is_empty(), "{echoes:#?}");
    serves(&server);
    let left = server.stop();
    assert!(!left.audit.contains(CANARY) && !left.stderr.contains(CANARY), "{left:?}");
}

#[test]
fn no_name_is_echoed_over_stdio() {
    let mut server = StdioProcess::notes("alice");
    for (id, message) in [
        call(1, CANARY, json!({ CANARY: CANARY })),
        call(2, "read_note", json!({ CANARY: CANARY })),
        request(3, CANARY, json!({ CANARY: CANARY })),
        request(4, "tools/list", json!({ "cursor": CANARY })),
        request(5, "prompts/get", json!({ "name": CANARY })),
    ]
    .into_iter()
    .enumerate()
    {
        let answer = server.ask(&message);
        assert_eq!(answer["id"], id + 1);
        assert!(!answer.to_string().contains(CANARY), "{answer}");
    }
    let left = server.stop();
    assert!(!left.audit.contains(CANARY) && !left.stderr.contains(CANARY), "{left:?}");
}

#[tokio::test]
async fn no_error_goes_out_verbatim() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("notes.db");
    let mut command = clean(example("notes"));
    command.env("NOTES_DB", &file);
    let server = HttpProcess::start(command);
    serves(&server);

    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&file);
    let mut connection = options.connect().await.unwrap();
    sqlx::raw_sql("DROP TABLE facts").execute(&mut connection).await.unwrap();

    let response = post(&server, &call(1, "read_note", json!({ "id": 1 })));
    let answer = response.json();
    let text = refused(&answer, "internal");
    for internal in ["facts", "table", "sqlx", "SQL", "Database", "code"] {
        assert!(!text.contains(internal), "{text}");
    }
    let reference = answer["result"]["_meta"]["secure-tool/refusal"]["reference"].as_str().unwrap();
    assert!(text.contains(reference), "{text}");
    serves(&server);

    let left = server.stop();
    let record =
        left.records().into_iter().find(|record| record["reference"] == reference).unwrap();
    assert_eq!((&record["outcome"], &record["reason"]), (&json!("failed"), &json!("internal")));
    assert!(record["cause"].as_str().unwrap().contains("no such table: facts"), "{record}");
    // Whoever reads standard error finds the cause under the same id, too.
    let line = left.stderr.lines().find(|line| line.contains(reference)).unwrap();
    assert!(line.contains("no such table: facts"), "{line}");
}

#[tokio::test]
async fn an_error_of_any_type_is_kept_from_the_client() {
    let scene = Scene::new().await;
    let server = HttpProcess::start(scene.command());
    let response = post(&server, &call(1, "fail", json!({ "text": CANARY })));
    refused(&response.json(), "internal");
    assert!(!response.body.contains(CANARY), "{response:?}");
}

#[tokio::test]
async fn a_panic_is_answered() {
    let scene = Scene::new().await;
    let server = HttpProcess::start(scene.command());
    let mut references = Vec::new();
    for id in 0..10 {
        let response = post(&server, &call(id, "crash", json!({ "text": CANARY })));
        let answer = response.json();
        let text = refused(&answer, "panicked");
        assert!(!response.body.contains(CANARY), "{response:?}");
        let reference = &answer["result"]["_meta"]["secure-tool/refusal"]["reference"];
        assert!(text.contains(reference.as_str().unwrap()), "{text}");
        references.push(reference.clone());
    }
    let left = server.stop();
    let records = left.records();
    let recorded: Vec<_> = records.iter().map(|record| record["reference"].clone()).collect();
    assert_eq!(recorded, references);
    assert!(records.iter().all(|record| record["reason"] == "panicked"));
    assert!(!left.audit.contains(CANARY), "{}", left.audit);
    assert!(left.stderr.contains("panic at "), "{}", left.stderr);
    assert!(!left.stderr.contains(CANARY), "{}", left.stderr);
}

#[tokio::test]
async fn a_panic_is_answered_over_stdio() {
    let scene = Scene::new().await;
    let mut server = StdioProcess::start(scene.command());
    server.initialize();
    for id in 1..10 {
        let answer = server.ask(&call(id, "crash", json!({ "text": CANARY })));
        refused(&answer, "panicked");
        assert!(!answer.to_string().contains(CANARY), "{answer}");
    }
    assert_eq!(server.stop().records().len(), 9);
}

/// Not a test: the server that some tests here start.
#[test]
fn serve_when_asked() {
    support::lab::serve_when_asked();
}
