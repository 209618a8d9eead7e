//! The built `notes` example, from start to end, with rmcp's own client over both transports and in
//! both revisions of the protocol.

#![allow(clippy::unwrap_used)]

mod support;

use std::os::unix::fs::PermissionsExt;

use rmcp::model::{
    CacheScope, CallToolRequestParams, CallToolResult, ErrorCode, ProtocolVersion, Tool,
};
use rmcp::service::{RoleClient, RunningService, ServiceError};
use rmcp::transport::streamable_http_client::StreamableHttpClientTransportConfig;
use rmcp::transport::{StreamableHttpClientTransport, TokioChildProcess};
use rmcp::{ClientLifecycleMode, ClientServiceExt};
use serde_json::{Value, json};
use support::guarded::params;
use support::http::Request;
use support::lab::Scene;
use support::process::{HttpProcess, clean, example, records};
use support::stdio::StdioProcess;
use support::{bounded, call, code, request, text};
use tempfile::TempDir;

type Client = RunningService<RoleClient, ()>;

/// What `alice` and `bob` may call.
const TOOLS_OF_USERS: [&str; 9] = [
    "about",
    "add_note",
    "delete_note",
    "edit_note",
    "list_notes",
    "notebook.export",
    "read_note",
    "remind_me",
    "search_notes",
];

#[derive(Clone, Copy, Debug, PartialEq)]
enum Revision {
    Of2025,
    Of2026,
}

const REVISIONS: [Revision; 2] = [Revision::Of2025, Revision::Of2026];

impl Revision {
    fn lifecycle(self) -> ClientLifecycleMode {
        match self {
            Revision::Of2025 => ClientLifecycleMode::Initialize,
            Revision::Of2026 => ClientLifecycleMode::Discover {
                preferred_versions: vec![ProtocolVersion::V_2026_07_28],
            },
        }
    }
}

async fn over_http(server: &HttpProcess, user: &str, revision: Revision) -> Client {
    let config = StreamableHttpClientTransportConfig::with_uri(server.ready.url.clone())
        .auth_header(server.token(user));
    let transport = StreamableHttpClientTransport::from_config(config);
    let client = ().serve_with_lifecycle(transport, revision.lifecycle());
    bounded("the handshake", client).await.unwrap()
}

async fn over_stdio(directory: &TempDir, user: &str, revision: Revision) -> Client {
    let mut command = clean(example("notes"));
    command.env("SECURE_TOOL_CALLER", user);
    command.args(["serve", "--audit-file"]).arg(directory.path().join("audit.jsonl"));
    let transport = TokioChildProcess::builder(tokio::process::Command::from(command))
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap()
        .0;
    let client = ().serve_with_lifecycle(transport, revision.lifecycle());
    bounded("the handshake", client).await.unwrap()
}

async fn ask(client: &Client, tool: &str, arguments: Value) -> CallToolResult {
    bounded(tool, client.call_tool(params(tool, arguments))).await.unwrap()
}

async fn list(client: &Client) -> Vec<Tool> {
    bounded("the list of tools", client.list_all_tools()).await.unwrap()
}

fn names(tools: &[Tool]) -> Vec<&str> {
    tools.iter().map(|tool| &*tool.name).collect()
}

/// What works the same everywhere. Returns the number of calls made.
async fn use_the_notebook(alice: &Client) -> usize {
    assert_eq!(names(&list(alice).await), TOOLS_OF_USERS);

    let added = ask(
        alice,
        "add_note",
        json!({
            "title": "Tickets", "body": "Two for Saturday.", "priority": "high",
            "labels": ["leisure"], "facts": { "row": "7" },
            "source": "https://example.org/tickets",
        }),
    )
    .await;
    assert_eq!(code(&added), None, "{added:?}");
    let note = added.structured_content.clone().unwrap();
    assert_eq!(note["title"], "Tickets");
    assert_eq!(note["facts"], json!({ "row": "7" }));
    assert_eq!(note.get("owner"), None, "a sensitive field");
    // Structured content is mirrored as text.
    assert_eq!(serde_json::from_str::<Value>(text(&added)).unwrap(), note);
    let id = &note["id"];

    let read = ask(alice, "read_note", json!({ "id": id })).await;
    assert_eq!(read.structured_content.unwrap(), note);

    let found = ask(alice, "search_notes", json!({ "text": "SATURDAY" })).await;
    assert_eq!(found.structured_content.unwrap()["notes"][0]["id"], *id);

    let listed = ask(alice, "list_notes", json!({ "priority": "high", "label": "leisure" })).await;
    assert_eq!(listed.structured_content.unwrap()["notes"].as_array().unwrap().len(), 1);

    let edited = ask(alice, "edit_note", json!({ "id": id, "labels": [], "title": "Opera" })).await;
    let edited = edited.structured_content.unwrap();
    assert_eq!((&edited["title"], &edited["labels"]), (&json!("Opera"), &json!([])));
    assert_eq!(edited["body"], note["body"], "what is left out stays");

    let reminder = json!({
        "schedule": { "kind": "once", "days": 1 }, "email": "alice@example.org",
    });
    let reminded = ask(alice, "remind_me", json!({ "id": id, "reminder": reminder })).await;
    assert_eq!(
        reminded.structured_content.unwrap(),
        json!({ "id": id, "schedule": "tomorrow", "email": "***" })
    );

    let export = ask(alice, "notebook.export", json!({})).await;
    assert!(text(&export).starts_with("# Notes of alice\n"), "{export:?}");
    assert_eq!(export.structured_content, None);

    let deleted = ask(alice, "delete_note", json!({ "id": id })).await;
    assert_eq!(deleted.structured_content.unwrap(), json!({ "id": id }));
    let gone = ask(alice, "read_note", json!({ "id": id })).await;
    assert_eq!(code(&gone).as_deref(), Some("public_error"));

    let usage = ask(alice, "usage", json!({})).await;
    assert_eq!(code(&usage).as_deref(), Some("forbidden"));

    let about = ask(alice, "about", Value::Null).await;
    assert_eq!(code(&about), None);
    11
}

#[tokio::test]
async fn everything_works_over_http_in_both_revisions() {
    for revision in REVISIONS {
        let server = HttpProcess::notes();
        let alice = over_http(&server, "alice", revision).await;
        let calls = use_the_notebook(&alice).await;
        alice.cancel().await.unwrap();
        assert_eq!(server.stop().records().len(), calls, "{revision:?}");
    }
}

#[tokio::test]
async fn everything_works_over_stdio_in_both_revisions() {
    for revision in REVISIONS {
        let directory = tempfile::tempdir().unwrap();
        let alice = over_stdio(&directory, "alice", revision).await;
        let calls = use_the_notebook(&alice).await;
        // Closes the server's standard input and waits for its end.
        alice.cancel().await.unwrap();
        let audit = std::fs::read_to_string(directory.path().join("audit.jsonl")).unwrap();
        assert_eq!(records(&audit).len(), calls, "{revision:?}");
    }
}

#[tokio::test]
async fn the_list_of_tools_is_the_callers_own_and_always_the_same() {
    let server = HttpProcess::notes();
    for revision in REVISIONS {
        let alice = over_http(&server, "alice", revision).await;
        let admin = over_http(&server, "admin", revision).await;
        assert_eq!(names(&list(&alice).await), TOOLS_OF_USERS);
        let mut all = TOOLS_OF_USERS.to_vec();
        all.push("usage");
        assert_eq!(names(&list(&admin).await), all);

        let result = bounded("the list", alice.list_tools(None)).await.unwrap();
        assert_eq!(result.cache_scope, Some(CacheScope::Private));
        assert!(result.ttl_ms.is_some());
    }
    let list = || Request::post(&server, "bob", request(1, "tools/list", json!({}))).send(&server);
    assert_eq!(list().body, list().body);

    let admin = over_http(&server, "admin", Revision::Of2026).await;
    let usage = ask(&admin, "usage", json!({})).await;
    let counts = json!({ "admin": 1, "alice": 3, "bob": 2 });
    assert_eq!(usage.structured_content.unwrap(), counts);
}

#[tokio::test]
async fn what_is_listed_says_what_is_enforced() {
    let directory = tempfile::tempdir().unwrap();
    let tools = list(&over_stdio(&directory, "alice", Revision::Of2026).await).await;
    let tool = |name: &str| tools.iter().find(|tool| tool.name == name).unwrap();

    let add = tool("add_note");
    assert_eq!(add.description.as_deref(), Some("Add a note to the caller's notebook."));
    let schema = Value::Object((*add.input_schema).clone());
    assert_eq!(schema["additionalProperties"], false);
    assert_eq!(schema["required"], json!(["title", "body"]));
    assert_eq!(schema["properties"]["title"]["maxLength"], 200);
    assert_eq!(schema["properties"]["title"]["description"], "Title shown in lists.");
    assert!(schema["properties"].get("caller").is_none(), "the server supplies it");

    let hints = |name: &str| {
        let hints = tool(name).annotations.clone().unwrap();
        (hints.read_only_hint, hints.destructive_hint, hints.idempotent_hint, hints.open_world_hint)
    };
    let (yes, no) = (Some(true), Some(false));
    assert_eq!(hints("read_note"), (yes, no, yes, no));
    assert_eq!(hints("add_note"), (no, no, no, no));
    assert_eq!(hints("edit_note"), (no, no, yes, no));
    assert_eq!(hints("delete_note"), (no, yes, no, no));
    assert_eq!(hints("remind_me"), (no, no, yes, yes));
    assert_eq!(tool("remind_me").title.as_deref(), Some("Remind me"));

    let output = Value::Object((**tool("read_note").output_schema.as_ref().unwrap()).clone());
    assert!(output["properties"].get("owner").is_none(), "a sensitive field: {output}");
    assert!(tool("notebook.export").output_schema.is_none(), "it returns text");
}

#[tokio::test]
async fn notes_of_others_look_like_notes_that_do_not_exist() {
    let server = HttpProcess::notes();
    let alice = over_http(&server, "alice", Revision::Of2026).await;
    let reminder =
        json!({ "schedule": { "kind": "weekly", "day": "monday" }, "email": "alice@example.org" });
    for (tool, arguments) in [
        ("read_note", json!({})),
        ("edit_note", json!({ "title": "Mine now" })),
        ("edit_note", json!({ "labels": ["mine"] })),
        ("delete_note", json!({})),
        ("remind_me", json!({ "reminder": reminder })),
    ] {
        let mut answers = Vec::new();
        // Note 4 is bob's; there is no note 4000.
        for id in [4, 4000] {
            let mut arguments = arguments.clone();
            arguments["id"] = id.into();
            let result = ask(&alice, tool, arguments).await;
            answers.push((code(&result).expect("a refusal"), text(&result).to_owned()));
        }
        assert_eq!(answers[0], answers[1], "{tool}");
    }
    for (tool, arguments) in [
        ("search_notes", json!({ "text": "rehearsal" })),
        ("list_notes", json!({ "limit": 100 })),
        ("notebook.export", json!({})),
    ] {
        let result = ask(&alice, tool, arguments).await;
        assert!(!text(&result).contains("rehearsal"), "{tool}: {result:?}");
    }
    let bob = over_http(&server, "bob", Revision::Of2026).await;
    let note = ask(&bob, "read_note", json!({ "id": 4 })).await.structured_content.unwrap();
    assert_eq!((&note["title"], &note["labels"]), (&json!("Band rehearsal"), &json!(["leisure"])));
}

#[tokio::test]
async fn an_injection_is_a_text_like_any_other() {
    let server = HttpProcess::notes();
    let alice = over_http(&server, "alice", Revision::Of2025).await;
    for attack in
        ["'; DROP TABLE notes; --", "%' OR 1=1 --", "\\' UNION SELECT owner FROM notes --"]
    {
        let added = ask(&alice, "add_note", json!({ "title": attack, "body": attack })).await;
        assert_eq!(added.structured_content.unwrap()["title"], attack);
        let found = ask(&alice, "search_notes", json!({ "text": attack })).await;
        let found = found.structured_content.unwrap();
        assert_eq!(found["notes"].as_array().unwrap().len(), 1, "{found}");
    }
}

#[tokio::test]
async fn a_policy_decides_with_the_input() {
    let server = HttpProcess::notes();
    let alice = over_http(&server, "alice", Revision::Of2026).await;
    let remind = |email: &str| {
        let schedule = json!({ "kind": "once", "days": 3 });
        json!({ "id": 1, "reminder": { "schedule": schedule, "email": email } })
    };
    let others = ask(&alice, "remind_me", remind("bob@example.org")).await;
    assert_eq!(code(&others).as_deref(), Some("denied"));
    let own = ask(&alice, "remind_me", remind("Alice@example.org")).await;
    assert_eq!(code(&own), None, "{own:?}");
}

#[tokio::test]
async fn an_unknown_tool_is_a_protocol_error_and_is_recorded_without_its_name() {
    for revision in REVISIONS {
        let server = HttpProcess::notes();
        let alice = over_http(&server, "alice", revision).await;
        let unknown = CallToolRequestParams::new("drop_everything");
        let error = bounded("the error", alice.call_tool(unknown)).await.unwrap_err();
        let ServiceError::McpError(error) = error else { panic!("{error:?}") };
        assert_eq!(error.code, ErrorCode::INVALID_PARAMS);
        let left = server.stop();
        let records = left.records();
        assert_eq!(records.len(), 1);
        assert_eq!(records[0]["reason"], "unknown_tool");
        assert!(!left.audit.contains("drop_everything"), "{}", left.audit);
    }
}

#[test]
fn each_call_leaves_one_line_of_json() {
    let server = HttpProcess::notes();
    let answers = [
        call(1, "list_notes", json!({})),
        call(2, "read_note", json!({ "id": 4000 })),
        call(3, "read_note", json!({ "id": 0 })),
        call(4, "usage", json!({})),
        call(5, "nothing", json!({})),
    ]
    .map(|call| Request::post(&server, "alice", call).send(&server).json());
    let references =
        answers.map(|answer| answer["result"]["_meta"]["secure-tool/refusal"]["reference"].clone());
    let records = server.stop().records();
    let seen: Vec<_> = records
        .iter()
        .map(|record| {
            ["tool", "caller", "outcome", "reason"].map(|key| record[key].as_str().unwrap())
        })
        .collect();
    assert_eq!(
        seen,
        [
            ["list_notes", "alice", "served", "ok"],
            ["read_note", "alice", "failed", "public_error"],
            ["read_note", "alice", "refused", "invalid_input"],
            ["usage", "alice", "refused", "forbidden"],
            ["unknown", "alice", "refused", "unknown_tool"],
        ]
    );
    for (record, reference) in records.iter().zip(&references).skip(1).take(3) {
        assert_eq!(record["reference"], *reference);
    }
    assert_eq!(records[1]["arguments"], json!({ "id": "number" }));
}

#[test]
fn the_manifest_is_canonical_and_the_same_every_time() {
    let print = || {
        let output = clean(example("notes")).arg("manifest").output().unwrap();
        assert!(output.status.success(), "{output:?}");
        assert!(output.stderr.is_empty(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let printed = print();
    assert_eq!(printed, print());

    let manifest: Value = serde_json::from_str(&printed).unwrap();
    // `serde_json` sorts keys, and there is no number here that RFC 8785 writes differently.
    assert_eq!(printed.trim_end_matches('\n'), manifest.to_string());

    let tools = manifest["tools"].as_array().unwrap();
    assert_eq!(tools.len(), TOOLS_OF_USERS.len() + 1);
    let mut digests: Vec<_> = tools.iter().map(|tool| tool["digest"].as_str().unwrap()).collect();
    assert!(digests.iter().all(|digest| digest.len() == "sha256:".len() + 64), "{digests:?}");
    digests.sort_unstable();
    digests.dedup();
    assert_eq!(digests.len(), tools.len());

    let tool = |name: &str| tools.iter().find(|tool| tool["name"] == name).unwrap();
    assert_eq!(
        tool("delete_note")["exceptions"],
        json!([{
            "rule": "generous_rate",
            "reason": "people tidy up a whole notebook in one go",
        }])
    );
    assert_eq!(
        tool("delete_note")["authorization"],
        json!({ "scopes": ["notes:write"], "policy": "Notebook::own_note" })
    );
    assert_eq!(tool("about")["authorization"]["public"], "tells nothing about anybody");
    let limits = &tool("search_notes")["limits"];
    assert_eq!(limits["rate"], json!({ "count": 10, "seconds": 60, "burst": 10 }));
    assert_eq!((&limits["timeout_ms"], &limits["concurrency"]), (&json!(5000), &json!(2)));
    assert_eq!((&limits["max_output"], &limits["per"]), (&json!(65536), &json!("client")));
}

#[test]
fn the_ready_file_is_for_its_owner_only() {
    let server = HttpProcess::notes();
    let mode = server.ready_file().metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let users: Vec<_> = server.ready.tokens.keys().map(String::as_str).collect();
    assert_eq!(users, ["admin", "alice", "bob"]);
    let other = HttpProcess::notes();
    assert_ne!(server.ready.url, other.ready.url);
    for (user, token) in &server.ready.tokens {
        assert!(token.len() >= 64, "256 bits in hexadecimal");
        assert_ne!(token, other.token(user), "new at every start");
    }
    let mode = server.audit_file().metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn health_is_told_without_a_token() {
    let server = HttpProcess::notes();
    let request = Request::post(&server, "alice", "").method("GET").path("/healthz");
    let response = request.without("Authorization").send(&server);
    assert_eq!((response.status, &*response.body), (200, "ok"));
}

#[test]
fn an_idle_server_ends_when_it_is_asked_to() {
    let mut http = HttpProcess::notes();
    http.terminate();
    let (status, stderr) = http.wait();
    assert!(status.success(), "{stderr}");
    assert!(!stderr.contains("panicked"), "{stderr}");

    let mut stdio = StdioProcess::notes("alice");
    support::process::signal(stdio.id(), "TERM");
    let (status, stderr) = stdio.wait();
    assert!(status.success(), "{stderr}");

    // A client that leaves is a reason to end, too.
    StdioProcess::notes("alice").stop();
}

#[tokio::test]
async fn a_running_call_may_end_before_the_server_does() {
    let scene = Scene::new().await;
    let mut server = HttpProcess::start(scene.command());
    let request = Request::post(&server, "alice", call(1, "two_rows", json!({})));
    let stream = request.send_and_hold(&server);
    scene.begun().await;
    server.terminate();
    scene.go();
    let answer = tokio::task::spawn_blocking(move || support::http::read(stream)).await.unwrap();
    assert_eq!(answer.json()["result"]["isError"], false, "{answer:?}");
    let (status, stderr) = server.wait();
    assert!(status.success(), "{stderr}");
    assert_eq!(scene.rows().await, 2);
    let audit = std::fs::read_to_string(server.audit_file()).unwrap();
    let records = records(&audit);
    assert_eq!(records.len(), 1, "{audit}");
    assert_eq!(records[0]["outcome"], "served");
}

#[tokio::test]
async fn a_second_signal_ends_the_server_at_once_and_leaves_nothing_half_done() {
    let scene = Scene::new().await;
    let mut server = HttpProcess::start(scene.command());
    let request = Request::post(&server, "alice", call(1, "two_rows", json!({})));
    let _stream = request.send_and_hold(&server);
    scene.begun().await;
    server.terminate();
    // It says when the first one has arrived: it listens no longer.
    support::eventually("the listener to close", || {
        std::net::TcpStream::connect(server.address()).is_err().then_some(())
    })
    .await;
    server.terminate();
    let (status, _) = server.wait();
    assert_eq!(status.code(), Some(130));
    assert_eq!(scene.rows().await, 0);
}

#[tokio::test]
async fn a_handler_of_ones_own_serves_the_same_tools_beside_prompts_and_resources() {
    let server = HttpProcess::start(clean(example("embed")));
    for revision in REVISIONS {
        let alice = over_http(&server, "alice", revision).await;
        assert_eq!(names(&list(&alice).await), TOOLS_OF_USERS);
        let note = ask(&alice, "read_note", json!({ "id": 1 })).await;
        assert_eq!(note.structured_content.unwrap()["title"], "Groceries");
        let usage = ask(&alice, "usage", json!({})).await;
        assert_eq!(code(&usage).as_deref(), Some("forbidden"), "guarded as ever");
        let prompts = bounded("prompts", alice.list_all_prompts()).await.unwrap();
        assert_eq!(prompts[0].name, "plan_day");
        let resources = bounded("resources", alice.list_all_resources()).await.unwrap();
        assert_eq!(resources[0].uri, "notes://guide");
    }
    let without = Request::post(&server, "alice", request(1, "prompts/list", json!({})));
    assert_eq!(without.without("Authorization").send(&server).status, 401);
    assert_eq!(server.stop().records().len(), 4);
}

#[test]
fn the_smallest_server_serves() {
    let mut server = StdioProcess::start(clean(example("hello")));
    server.initialize();
    let answer = server.ask(&call(1, "hello", json!({ "name": "Ada" })));
    assert_eq!(answer["result"]["content"][0]["text"], "Hello, Ada!");
    assert_eq!(server.stop().records().len(), 1);
}

/// Not a test: the server that some tests here start.
#[test]
fn serve_when_asked() {
    support::lab::serve_when_asked();
}
