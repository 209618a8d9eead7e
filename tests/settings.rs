//! What an operator sets, in the process of a server.

#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

use serde_json::json;
use support::call;
use support::http::Request;
use support::process::{HttpProcess, clean, example};
use tempfile::TempDir;

fn write(directory: &TempDir, name: &str, text: &str, mode: u32) -> PathBuf {
    let path = directory.path().join(name);
    std::fs::write(&path, text).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
    path
}

fn check(settings: &Path, more: &[&str], variables: &[(&str, &str)]) -> (bool, String) {
    let output = clean(example("notes"))
        .args(["serve", "--check", "--config"])
        .arg(settings)
        .args(more)
        .envs(variables.iter().copied())
        .output();
    let Output { status, stdout, stderr } = output.unwrap();
    assert!(stdout.is_empty());
    (status.success(), String::from_utf8(stderr).unwrap())
}

/// A key, and a file with its entry.
fn api_key(directory: &TempDir) -> (String, PathBuf) {
    let made = clean(example("notes"))
        .args(["keys", "new", "--name", "ops", "--scope", "notes:read"])
        .output()
        .unwrap();
    let (key, entry) =
        (String::from_utf8(made.stdout).unwrap(), String::from_utf8(made.stderr).unwrap());
    let entry = entry.lines().last().unwrap().to_owned();
    (key.trim().to_owned(), write(directory, "keys.jsonl", &entry, 0o600))
}

#[test]
fn a_server_runs_as_its_operator_says() {
    let directory = tempfile::tempdir().unwrap();
    let (key, keys) = api_key(&directory);
    let text = format!(
        "http = \"127.0.0.1:1\"\nallowed_origins = [\"https://app.example\"]\n\
         failed_logins = \"2/day\"\n[api_keys]\nfile = {keys:?}\n"
    );
    let settings = write(&directory, "settings.toml", &text, 0o644);
    let mut command = clean(example("notes"));
    command.env("SECURE_TOOL__FAILED_LOGINS", "1/day");
    let config = [Path::new("--config"), &settings];
    // The address of the command line comes before that of the file.
    let server = HttpProcess::start_on(command, "127.0.0.1:0", &config);
    assert!(server.ready.tokens.is_empty(), "the program's users are not in use");
    let request = |token: &str| {
        Request {
            method: "POST",
            path: "/mcp",
            headers: Vec::new(),
            body: call(1, "list_notes", json!({})).to_string().into(),
        }
        .with("Host", server.address())
        .with("Authorization", &format!("Bearer {token}"))
        .with("Content-Type", "application/json")
        .with("Accept", "application/json, text/event-stream")
        .with("MCP-Protocol-Version", "2025-11-25")
    };
    let served = request(&key).with("Origin", "https://app.example").send(&server);
    assert_eq!(served.json()["result"]["isError"], false, "{served:?}");
    assert_eq!(request(&key).with("Origin", "https://other.example").send(&server).status, 403);
    // The environment comes before the file: one failure, and not two.
    assert_eq!(request("stk_0").send(&server).status, 401);
    assert_eq!(request("stk_0").send(&server).status, 429);
    let left = server.stop();
    assert_eq!(left.records()[0]["caller"], "key:ops");
    assert!(!left.stderr.contains(&key) && !left.audit.contains(&key));
}

#[test]
fn whether_a_server_would_start_can_be_asked() {
    let directory = tempfile::tempdir().unwrap();
    let (_, keys) = api_key(&directory);
    let file = |text: &str| write(&directory, "settings.toml", text, 0o644);
    let local = file("http = \"127.0.0.1:8080\"");
    let (fine, told) = check(&local, &[], &[]);
    assert!(fine && told.contains("would start"), "{told}");
    let (fine, told) = check(&file(""), &[], &[]);
    assert!(fine && told.contains("would start"), "{told}");

    let exposed = format!(
        "http = \"0.0.0.0:8080\"\nallowed_hosts = [\"mcp.example.com\"]\n[api_keys]\nfile = {keys:?}\n"
    );
    let proxy = "[proxy]\nreason = \"nginx\"\nnetworks = [\"10.0.0.1\"]\n";
    let (fine, told) = check(&file(&(exposed.clone() + proxy)), &[], &[]);
    assert!(fine, "{told}");
    for (text, variables, part) in [
        (exposed.as_str(), &[][..], "TLS"),
        ("http = \"0.0.0.0:8080\"", &[], "loopback"),
        ("http = \"elsewhere\"", &[], "not valid"),
        ("htpp = \"127.0.0.1:8080\"", &[], "did you mean `http`?"),
        ("metrics = \"0.0.0.0:9090\"", &[], "loopback"),
        ("[api_keys]\nfile = \"/nowhere\"\n", &[("SECURE_TOOL__HTTP", "127.0.0.1:0")], "/nowhere"),
        ("", &[("SECURE_TOOL__HTPP", "x")], "SECURE_TOOL__HTTP?"),
    ] {
        let (fine, told) = check(&file(text), &[], variables);
        assert!(!fine, "{text}: {told}");
        assert!(told.contains(part) && told.contains("help:"), "{text}: {told}");
    }
    std::fs::set_permissions(&keys, std::fs::Permissions::from_mode(0o644)).unwrap();
    let (fine, told) = check(&file(&exposed), &[], &[]);
    assert!(!fine && told.contains("chmod 600"), "{told}");
}

#[test]
fn metrics_are_served_where_the_command_line_says() {
    let directory = tempfile::tempdir().unwrap();
    let mut server = clean(example("notes"))
        .args(["serve", "--http", "127.0.0.1:0", "--metrics", "127.0.0.1:0", "--audit-file"])
        .arg(directory.path().join("audit.jsonl"))
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(server.stderr.take().unwrap()).lines();
    let line =
        lines.find(|line| line.as_ref().unwrap().contains("metrics are at")).unwrap().unwrap();
    let address = line.split("address=").nth(1).unwrap().split_whitespace().next().unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(support::PATIENCE)).unwrap();
    let request = format!("GET /metrics HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    server.kill().unwrap();
    server.wait().unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    assert!(answer.contains("list_notes") && answer.contains("# EOF"), "{answer}");
}
