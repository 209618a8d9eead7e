//! Secrets of a server over the wire: loaded or refused at its start, and in nothing that leaves.
//!
//! The process is this test's own executable, told by a variable to serve instead of testing.

#![cfg(unix)]
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use std::process::{Command, ExitCode};

use secure_tool_runtime::prelude::*;
use secure_tool_runtime::secrets::REPLACEMENT;
use serde_json::{Value, json};
use support::http::Request;
use support::process::{HttpProcess, Left, clean};
use support::stdio::StdioProcess;
use support::{call, modern_meta};

/// Serves if it is set: `guarded` loads the secrets, `control` takes the same values without the guard.
const SERVE: &str = "SECURE_TOOL_TEST_SECRETS";

const KEY: &str = "rk_live_8Zq\"3-vTn/+Wm";
const PASSWORD: &str = "correct horse, battery staple";

#[derive(Secrets)]
#[secret(prefix = "LEAKY_")]
struct Keys {
    key: SecretString,
    password: SecretString,
    other: Option<SecretString>,
}

/// Shows its secrets in every way there is.
struct Leaky {
    key: String,
    password: String,
}

#[secure_output]
struct Shown {
    text: String,
    list: Vec<String>,
    by_name: std::collections::BTreeMap<String, String>,
}

#[secure_tools]
impl Leaky {
    /// In a text.
    #[secure_tool(public = "test", effect = read)]
    async fn text(&self) -> String {
        format!("the key is {}, the password {}", self.key, self.password)
    }

    /// In a structure.
    #[secure_tool(public = "test", effect = read)]
    async fn structure(&self) -> Shown {
        Shown {
            text: serde_json::json!({ "key": self.key }).to_string(),
            list: vec![self.key.clone()],
            by_name: [(self.key.clone(), format!("<{}>", self.password))].into(),
        }
    }

    /// In blocks.
    #[secure_tool(public = "test", effect = read)]
    async fn blocks(&self) -> Content {
        Content::new()
            .text(&self.key)
            .document("test://document", "text/plain", &self.password)
            .image("image/png", format!("?{}", self.key).as_bytes())
    }

    /// In the cause of an error.
    #[secure_tool(public = "test", effect = read)]
    async fn failure(&self) -> Result<(), String> {
        // The log keeps 2 KiB: the secret lies across the end.
        Err(format!("{}: {}{}", self.password, "x".repeat(2000), self.key))
    }

    /// In a line of the log.
    #[secure_tool(public = "test", effect = read)]
    async fn log(&self) {
        tracing::error!(key = self.key, "it is {}", self.password);
    }

    /// In a text of progress.
    #[secure_tool(public = "test", effect = read)]
    async fn progress(&self, context: &Context) {
        context.progress(1.0, None, &format!("trying {}", self.key)).await;
    }

    /// In a question.
    #[secure_tool(public = "test", effect = read)]
    async fn question(&self, context: &Context) {
        context.confirm(&format!("Use {}?", self.key)).await;
    }
}

const TOOLS: [&str; 7] = ["text", "structure", "blocks", "failure", "log", "progress", "question"];

#[test]
fn serve_when_asked() {
    let Ok(how) = std::env::var(SERVE) else { return };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let code = runtime.block_on(serve(&how));
    drop(runtime);
    // The harness must not say anything more.
    std::process::exit(if code == ExitCode::SUCCESS { 0 } else { 1 });
}

async fn serve(how: &str) -> ExitCode {
    let leaky = match how {
        "control" => Leaky { key: KEY.to_owned(), password: PASSWORD.to_owned() },
        _ => match Keys::load() {
            Ok(keys) => {
                assert!(keys.other.is_none());
                let [key, password] =
                    [keys.key, keys.password].map(|secret| secret.expose_secret().to_owned());
                Leaky { key, password }
            }
            Err(error) => {
                eprintln!("{error}");
                return ExitCode::FAILURE;
            }
        },
    };
    let arguments = std::env::var("SECURE_TOOL_TEST_ARGUMENTS").unwrap();
    let arguments = std::iter::once("leaky").chain(arguments.split('\n'));
    Server::new(leaky)
        .callers(DevelopmentUsers::new().user("alice", &[], &[]))
        .cli_from(arguments.map(Into::into))
        .await
}

/// The command that serves so.
fn command(how: &str) -> Command {
    // The arguments of the server would be those of the harness: a shell puts them aside.
    let mut command = clean("sh");
    command
        .arg("-c")
        .arg(
            r#"program=$1; shift
            SECURE_TOOL_TEST_ARGUMENTS=$(printf '%s\n' "$@"); export SECURE_TOOL_TEST_ARGUMENTS
            exec "$program" serve_when_asked --exact --nocapture --test-threads=1"#,
        )
        .arg("sh")
        .arg(std::env::current_exe().unwrap())
        .env("SECURE_TOOL_CALLER", "alice")
        .env(SERVE, how);
    command
}

/// The same, with the secrets where it looks for them.
fn with_secrets(how: &str, directory: &std::path::Path) -> Command {
    use std::os::unix::fs::PermissionsExt;
    let file = directory.join("password");
    std::fs::write(&file, format!("{PASSWORD}\n")).unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o400)).unwrap();
    let mut command = command(how);
    command.env("LEAKY_KEY", KEY).env("LEAKY_PASSWORD_FILE", file);
    command
}

/// All that was sent to a client that calls every tool over HTTP, and what the server left behind.
fn over_http(how: &str) -> (Vec<(&'static str, String)>, Left) {
    let directory = tempfile::tempdir().unwrap();
    let server = HttpProcess::start(with_secrets(how, directory.path()));
    let mut meta = modern_meta();
    meta["progressToken"] = json!("p");
    meta["io.modelcontextprotocol/clientCapabilities"] = json!({ "elicitation": {} });
    let answers = TOOLS.map(|tool| {
        let mut body = call(1, tool, json!({}));
        body["params"]["_meta"] = meta.clone();
        let response = Request::modern(&server, "alice", &body).send(&server);
        assert_eq!(response.status, 200, "{response:?}");
        (tool, response.body)
    });
    (answers.into(), server.stop())
}

/// The same over stdio.
fn over_stdio(how: &str) -> (Vec<(&'static str, String)>, Left) {
    let directory = tempfile::tempdir().unwrap();
    let mut server = StdioProcess::start(with_secrets(how, directory.path()));
    server.initialize();
    let answers = TOOLS.map(|tool| (tool, server.ask(&call(1, tool, json!({}))).to_string()));
    (answers.into(), server.stop())
}

/// What may not be in a text, in no spelling: pieces that tell.
fn leaks(text: &str) -> bool {
    let text = text.to_lowercase();
    // Base64 of the key, as it begins behind one other byte.
    ["8zq", "horse", "battery", "x2xpdmvfofpxijmt"].iter().any(|piece| text.contains(piece))
}

#[test]
fn nothing_leaks_over_http() {
    let (answers, left) = over_http("guarded");
    for (tool, body) in &answers {
        assert!(!leaks(body), "{tool}: {body}");
        // Errors and logs say nothing to clients in the first place.
        let quiet = ["failure", "log"].contains(tool);
        assert_eq!(body.contains(REPLACEMENT), !quiet, "{tool}: {body}");
    }
    nothing_is_left(&left, &[2, 4, 3, 2, 0, 1, 1]);
}

#[test]
fn nothing_leaks_over_stdio() {
    let (answers, left) = over_stdio("guarded");
    for (tool, body) in &answers {
        assert!(!leaks(body), "{tool}: {body}");
    }
    // This client can neither be asked nor told of progress.
    nothing_is_left(&left, &[2, 4, 3, 2, 0, 0, 0]);
}

/// Log and audit file without secrets, and the counts of replacements in the records of the tools.
fn nothing_is_left(left: &Left, counts: &[u64]) {
    assert!(!leaks(&left.stderr), "{}", left.stderr);
    assert!(!leaks(&left.audit), "{}", left.audit);
    assert!(left.stderr.contains("it is [secret] key=\"[secret]\""), "{}", left.stderr);
    let counted: Vec<u64> = left
        .records()
        .iter()
        .map(|record| record.get("secrets_replaced").and_then(Value::as_u64).unwrap_or(0))
        .collect();
    assert_eq!(counted, counts, "{}", left.audit);
    let cause = left.records()[3]["cause"].as_str().unwrap().to_owned();
    assert!(cause.starts_with("\"[secret]: xxx") && cause.len() <= 2048, "{cause}");
}

/// Without the guard the same tools show it all, so the tests above would see a leak.
#[test]
fn without_the_guard_all_of_it_leaks() {
    let (answers, left) = over_http("control");
    for (tool, body) in &answers {
        let quiet = ["failure", "log"].contains(tool);
        assert_eq!(leaks(body), !quiet, "{tool}: {body}");
        assert!(!body.contains(REPLACEMENT));
    }
    assert!(leaks(&left.stderr) && leaks(&left.audit));
    assert!(!left.audit.contains("secrets_replaced"));
}

#[test]
fn a_server_without_its_secrets_does_not_start() {
    let output = command("guarded").env("LEAKY_PASSWORD", "changeme").output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success());
    assert!(said.contains("2 secrets cannot be loaded"), "{said}");
    assert!(said.contains("`LEAKY_KEY` is missing"), "{said}");
    assert!(said.contains("`LEAKY_PASSWORD` is a placeholder"), "{said}");
    assert!(!said.contains("LEAKY_OTHER"), "{said}");
}
