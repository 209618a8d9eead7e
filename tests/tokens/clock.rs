//! A server whose clock is set, and whose files are looked at again when it is asked to.

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Command, ExitCode};
use std::time::Duration;

use secure_tool_runtime::prelude::*;
use secure_tool_runtime::server::Sessions;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::issuer::Issuer;
use crate::mint::{AUDIENCE, How, claims, signed, with};
use crate::support::http::{Request, Response};
use crate::support::process::{HttpProcess, clean, example};
use crate::support::redis::installed;
use crate::support::request;

const ISSUER: &str = "SECURE_TOOL_TEST_ISSUER";
const KEYS: &str = "SECURE_TOOL_TEST_KEYS";
const ARGUMENTS: &str = "SECURE_TOOL_TEST_ARGUMENTS";

struct Tools;

#[secure_tools]
impl Tools {
    /// Three calls a day.
    #[secure_tool(scope = "notes:read", effect = read, rate = "3/day")]
    async fn rare(&self) {}

    /// Say who calls.
    #[secure_tool(scope = "notes:read", effect = read, rate = "10000/min")]
    async fn whoami(&self, caller: &Caller) -> String {
        caller.subject().to_string()
    }
}

/// Not a test: the process of a server, if this is what the process was started for.
#[test]
fn serve_when_asked() {
    let Ok(issuer) = std::env::var(ISSUER) else { return };
    let arguments = std::env::var(ARGUMENTS).unwrap();
    let arguments: Vec<_> =
        std::iter::once("clock").chain(arguments.split('\n')).map(Into::into).collect();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let code = runtime.block_on(async {
        // Nobody looks at the file by himself during a test.
        let keys = ApiKeys::from_file(std::env::var(KEYS).unwrap());
        let keys = keys.look_every(Duration::from_secs(3600));
        Server::new(Tools)
            .callers(Callers::from(OAuth::issuer(issuer).audience(AUDIENCE)).or(keys))
            .sessions(Sessions::default())
            .cli_from(arguments)
            .await
    });
    // The harness must not say anything more.
    std::process::exit(if code == ExitCode::SUCCESS { 0 } else { 1 });
}

struct Scene {
    issuer: Issuer,
    directory: TempDir,
}

impl Scene {
    async fn new(entries: &[&str]) -> Self {
        let scene =
            Scene { issuer: Issuer::start().await, directory: tempfile::tempdir().unwrap() };
        scene.write_keys(entries);
        scene
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn write_keys(&self, entries: &[&str]) {
        let path = self.path("keys.jsonl");
        std::fs::write(&path, entries.join("\n")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    }

    /// The server's own clock; what time is measured with goes on as it does.
    fn set_clock(&self, by: &str) {
        let new = self.path("clock.new");
        std::fs::write(&new, by).unwrap();
        std::fs::rename(new, self.path("clock")).unwrap();
    }

    async fn start(&self, by: &[&str]) -> HttpProcess {
        let script = r#"program=$1; shift
            SECURE_TOOL_TEST_ARGUMENTS=$(printf '%s\n' "$@"); export SECURE_TOOL_TEST_ARGUMENTS
            exec "$program" clock::serve_when_asked --exact --nocapture --test-threads=1"#;
        let program = by.iter().copied().chain(["sh", "-c", script, "sh"]).collect::<Vec<_>>();
        let mut command: Command = clean(program[0]);
        command
            .args(&program[1..])
            .arg(std::env::current_exe().unwrap())
            .env(ISSUER, &self.issuer.url)
            .env(KEYS, self.path("keys.jsonl"))
            .env("FAKETIME_TIMESTAMP_FILE", self.path("clock"))
            .env("FAKETIME_NO_CACHE", "1")
            .env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
        tokio::task::spawn_blocking(move || HttpProcess::start(command)).await.unwrap()
    }
}

fn post(server: &HttpProcess, token: &str, body: &Value) -> Request {
    Request { method: "POST", path: "/mcp", headers: Vec::new(), body: body.to_string().into() }
        .with("Host", server.address())
        .with("Authorization", &format!("Bearer {token}"))
        .with("Content-Type", "application/json")
        .with("Accept", "application/json, text/event-stream")
        .with("MCP-Protocol-Version", "2025-11-25")
}

/// A call of the revision that needs no session.
fn calls(server: &HttpProcess, token: &str, tool: &str) -> Request {
    let meta = crate::support::modern_meta();
    let params = json!({ "name": tool, "arguments": {}, "_meta": meta });
    post(server, token, &request(1, "tools/call", params))
        .set("MCP-Protocol-Version", "2026-07-28")
        .with("Mcp-Method", "tools/call")
        .with("Mcp-Name", tool)
}

async fn send(server: &HttpProcess, request: Request) -> Response {
    tokio::task::block_in_place(|| request.send(server))
}

async fn status(server: &HttpProcess, token: &str) -> u16 {
    send(server, calls(server, token, "whoami")).await.status
}

fn new_key(name: &str, more: &[&str]) -> (String, String) {
    let made = clean(example("notes"))
        .args(["keys", "new", "--name", name, "--scope", "notes:read"])
        .args(more)
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let (key, told) = (text(made.stdout), text(made.stderr));
    (key.trim().to_owned(), told.lines().last().unwrap().to_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_that_is_set_ends_keys_and_gives_nothing_back() {
    if !installed("faketime") {
        return;
    }
    let (brief, brief_entry) = new_key("brief", &["--days", "1"]);
    let (lasting, lasting_entry) = new_key("lasting", &[]);
    assert!(brief_entry.contains("\"expires\":\"20") && !lasting_entry.contains("expires"));
    let scene = Scene::new(&[&brief_entry, &lasting_entry]).await;
    scene.set_clock("+0");
    // The library alone: without an offset of its own it goes by the file, and the program by which it is
    // usually loaded would stand between us and the server.
    let library =
        Command::new("faketime").args(["-m", "-f", "+0", "printenv", "LD_PRELOAD"]).output();
    let library = String::from_utf8(library.unwrap().stdout).unwrap();
    let server = scene.start(&["env", &format!("LD_PRELOAD={}", library.trim())]).await;
    let jwt = |number: u32| {
        signed(How::Ed, How::Ed.header(), with(claims(&scene.issuer.url), "jti", number))
    };
    let seen = jwt(1);
    for token in [&brief, &lasting, &seen] {
        assert_eq!(status(&server, token).await, 200);
    }
    let rare = async || {
        let answer = send(&server, calls(&server, &lasting, "rare")).await;
        answer.json()["result"]["_meta"]["secure-tool/refusal"]["code"].clone()
    };
    for _ in 0..3 {
        assert_eq!(rare().await, Value::Null);
    }
    assert_eq!(rare().await, "rate_limited");
    let hello = json!({ "protocolVersion": "2025-11-25", "capabilities": {},
                        "clientInfo": { "name": "test", "version": "0" } });
    let opened = send(&server, post(&server, &lasting, &request(1, "initialize", hello))).await;
    let session = opened.header("mcp-session-id").unwrap().to_owned();

    let steps = [("+2d", 401, 401), ("-2d", 200, 401), ("+0", 200, 200)];
    for (number, (by, brief_is, unseen_is)) in (2..).zip(steps) {
        scene.set_clock(by);
        assert_eq!(status(&server, &brief).await, brief_is, "{by}");
        assert_eq!(status(&server, &lasting).await, 200, "{by}");
        // It was valid a moment ago, and time is measured by what nobody sets.
        assert_eq!(status(&server, &seen).await, 200, "{by}");
        // Ended, or made in days to come; then good again.
        assert_eq!(status(&server, &jwt(number)).await, unseen_is, "{by}");
        assert_eq!(rare().await, "rate_limited", "{by}: no day has passed");
        let list = post(&server, &lasting, &request(2, "tools/list", json!({})));
        let list = send(&server, list.with("Mcp-Session-Id", &session)).await;
        assert_eq!(list.status, 200, "{by}: the session is not idle: {list:?}");
    }
    let left = tokio::task::block_in_place(|| server.stop());
    assert!(left.stderr.contains("expired"), "{}", left.stderr);
    // The clock was set indeed.
    let dates: std::collections::BTreeSet<_> = left
        .records()
        .iter()
        .map(|record| record["time"].as_str().unwrap()[..10].to_owned())
        .collect();
    assert!(dates.len() >= 3, "{dates:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_are_read_again_when_the_server_is_asked_to() {
    let (first, first_entry) = new_key("first", &[]);
    let (second, second_entry) = new_key("second", &[]);
    let scene = Scene::new(&[&first_entry]).await;
    let server = scene.start(&["env"]).await;
    scene.write_keys(&[&second_entry]);
    assert_eq!(status(&server, &first).await, 200);
    assert_eq!(status(&server, &second).await, 401, "it does not look by itself");
    server.hang_up();
    let mut turns = 0;
    while status(&server, &second).await != 200 {
        turns += 1;
        assert!(turns < 25, "it was asked to look");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(status(&server, &first).await, 401);
    let left = tokio::task::block_in_place(|| server.stop());
    assert!(
        left.stderr.contains("looking at keys, certificates and policies again"),
        "{}",
        left.stderr
    );
}
