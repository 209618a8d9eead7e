//! The built `notes` example, from start to end, with rmcp's own client over both transports and in
//! both revisions of the protocol.

#![allow(clippy::unwrap_used)]

mod processes;
#[path = "../support/mod.rs"]
mod support;
mod tools;

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

/// Not a test: the server that some tests here start.
#[test]
fn serve_when_asked() {
    support::lab::serve_when_asked();
}
