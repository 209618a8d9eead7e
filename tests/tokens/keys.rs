//! API keys: made by the command line, read from a file, changed while the server runs.

use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use secure_tool_runtime::prelude::*;

use crate::issuer::Issuer;
use crate::mint::{How, claims, signed};
use crate::oauth;
use crate::server::TestServer;
use crate::support::PATIENCE;
use crate::support::process::{clean, example};

/// Runs `keys …`; returns what it wrote to standard output and to standard error.
fn keys(arguments: &[&str], input: &str) -> (bool, String, String) {
    let mut child = clean(example("notes"))
        .arg("keys")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // It may end without reading.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.success(), text(output.stdout), text(output.stderr))
}

/// A key and its entry.
fn new(name: &str, scopes: &[&str]) -> (String, String) {
    let mut arguments = vec!["new", "--name", name];
    arguments.extend(scopes.iter().flat_map(|scope| ["--scope", scope]));
    let (success, key, entry) = keys(&arguments, "");
    assert!(success, "{entry}");
    (key.trim().to_owned(), entry.lines().last().unwrap().to_owned())
}

fn write(path: &Path, entries: &[&str]) {
    let part = path.with_extension("part");
    std::fs::write(&part, entries.join("\n")).unwrap();
    std::fs::set_permissions(&part, std::fs::Permissions::from_mode(0o600)).unwrap();
    std::fs::rename(part, path).unwrap();
}

fn from_file(path: &Path) -> ApiKeys {
    ApiKeys::from_file(path).look_every(Duration::from_millis(10))
}

async fn until(server: &TestServer, key: &str, status: u16) {
    let end = Instant::now() + PATIENCE;
    while server.whoami(key).await.status != status {
        assert!(Instant::now() < end, "waited too long for {status}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[test]
fn keys_are_made_once_and_kept_as_hashes() {
    let (key, entry) = new("nightly", &["notes:read", "notes:write"]);
    assert!(key.starts_with("stk_") && key.len() == 68, "256 bits: {}", key.len());
    assert_ne!(new("nightly", &[]).0, key);
    assert!(!entry.contains(&key[4..]), "{entry}");
    let (success, hashed, _) = keys(
        &["hash", "--name", "nightly", "--scope", "notes:read", "--scope", "notes:write"],
        &format!("{key}\n"),
    );
    assert!(success);
    assert_eq!(hashed.trim(), entry);
    for (arguments, input) in [
        (&["hash", "--name", "x"][..], "secret"),
        (&["hash", "--name", "x"], ""),
        (&["hash", "--name", "x"], &key[1..]),
        (&["hash", "--name", "x"], &key.to_uppercase()),
        (&["hash", "--name", "a b"], &key),
        (&["new", "--name", ""], ""),
        (&["new", "--name", "x", "--scope", "a b"], ""),
        (&["new"], ""),
        (&["hash", &key], ""),
        (&["hash", "--name", "x", &key], ""),
        (&["hash", &format!("--{key}")], ""),
        (&["new", "--name", "x", "--scope", &format!("a {key}")], ""),
        (&[&key], ""),
    ] {
        let (success, out, error) = keys(arguments, input);
        assert!(!success && out.is_empty(), "{arguments:?}: {out}");
        assert!(error.contains("help:") || error.contains("--help"), "{arguments:?}: {error}");
        assert!(!error.contains(&key[4..]), "{error}");
    }
}

#[tokio::test]
async fn keys_are_changed_while_the_server_runs() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("keys.jsonl");
    let (first, first_entry) = new("nightly", &["notes:read"]);
    let (second, second_entry) = new("nightly", &["notes:*"]);
    write(&path, &["# keys of the jobs", &first_entry]);
    let server = TestServer::lenient(from_file(&path)).await;
    assert_eq!(server.whoami(&first).await.text(), "key:nightly");
    assert_eq!(server.whoami(&second).await.status, 401);
    // A key of too little scope is told in the result: it cannot be stepped up.
    assert_eq!(server.call("change", &first).await.json()["result"]["isError"], true);
    // Rotation: both, then the new one.
    write(&path, &[&first_entry, &second_entry]);
    until(&server, &second, 200).await;
    assert_eq!(server.whoami(&first).await.status, 200);
    write(&path, &[&second_entry]);
    until(&server, &first, 401).await;
    assert_eq!(server.call("change", &second).await.json()["result"]["isError"], false);
    // What is not valid changes nothing.
    write(&path, &["{\"name\":"]);
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(server.whoami(&second).await.status, 200);
    // And the next that is valid counts.
    write(&path, &[&first_entry]);
    until(&server, &second, 401).await;
    assert_eq!(server.whoami(&first).await.status, 200);
}

#[tokio::test]
async fn only_the_key_itself_is_the_key() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("keys.jsonl");
    let (key, entry) = new("nightly", &["notes:read"]);
    write(&path, &[&entry]);
    let server = TestServer::lenient(from_file(&path)).await;
    let hash = entry.split('"').find(|part| part.starts_with("sha256:")).unwrap();
    for wrong in [
        &key[..67],
        &format!("{key}0"),
        &key.to_uppercase(),
        &key[4..],
        "stk_",
        hash,
        &format!("stk_{}", &hash[7..]),
        &format!("stk_{}", "0".repeat(64)),
    ] {
        assert_eq!(server.whoami(wrong).await.status, 401, "{wrong}");
    }
    assert_eq!(server.runs.get(), 0);
    assert_eq!(server.whoami(&key).await.status, 200);
}

#[tokio::test]
async fn a_file_that_is_not_right_starts_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("keys.jsonl");
    let start = async || {
        let started = TestServer::start_with(from_file(&path), |server| server).await;
        started.err().map(|error| error.to_string()).unwrap_or_default()
    };
    assert!(start().await.contains("cannot be read"));
    write(&path, &[]);
    assert!(start().await.contains("no entry"));
    let (_, entry) = new("nightly", &[]);
    write(&path, &[&entry.replace("\"roles\"", "\"rolls\"")]);
    assert!(start().await.contains("line 1: unknown field `rolls`"), "{}", start().await);
    write(&path, &[&entry]);
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    assert!(start().await.contains("chmod 600"), "{}", start().await);
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    assert_eq!(start().await, "");
    let unset = ApiKeys::from_env("SECURE_TOOL_TEST_NO_SUCH_VARIABLE");
    let error = TestServer::start_with(unset, |server| server).await.err().unwrap();
    assert!(error.to_string().contains("is not set"), "{error}");
}

const ENTRIES: &str = "SECURE_TOOL_TEST_ENTRIES";
const KEYS: &str = "SECURE_TOOL_TEST_KEYS";

/// Not a test of its own: the process whose environment has the entries, if this is one.
#[tokio::test]
async fn keys_are_those_of_the_environment_when_asked() {
    let Ok(keys) = std::env::var(KEYS) else { return };
    let started = TestServer::start_with(ApiKeys::from_env(ENTRIES), |server| server).await;
    let server = match started {
        Ok(server) => server,
        Err(error) => panic!("not started: {error}"),
    };
    for (key, name) in keys.split(' ').zip(["key:nightly", "key:weekly"]) {
        assert_eq!(server.whoami(key).await.text(), name);
        assert_eq!(server.whoami(&key[..67]).await.status, 401);
        assert_eq!(server.whoami(format!("{key}0")).await.status, 401);
    }
    assert_eq!(server.runs.get(), 2);
}

/// Runs that process; whether it was content, and all that it wrote.
fn with_environment(entries: &str, keys: &str) -> (bool, String) {
    let output = clean(std::env::current_exe().unwrap())
        .args(["keys::keys_are_those_of_the_environment_when_asked", "--exact"])
        .env(ENTRIES, entries)
        .env(KEYS, keys)
        .output()
        .unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(text).unwrap())
}

#[test]
fn keys_are_read_from_the_environment() {
    let (nightly, nightly_entry) = new("nightly", &["notes:read"]);
    let (weekly, weekly_entry) = new("weekly", &["notes:*"]);
    let keys = format!("{nightly} {weekly}");
    // Apart by any white space.
    for gap in [" ", "\n", "\n\t "] {
        let (success, told) =
            with_environment(&format!("{nightly_entry}{gap}{weekly_entry}"), &keys);
        assert!(success && told.contains("1 passed"), "{told}");
    }
    let (success, _) = with_environment(&weekly_entry, &keys);
    assert!(!success, "the entry of one is missing");
    let broken = weekly_entry.replace("\"roles\"", "\"rolls\"");
    let hash = weekly_entry.split('"').find(|part| part.starts_with("sha256:")).unwrap();
    for entries in ["", &broken] {
        let (success, told) = with_environment(entries, &keys);
        assert!(!success && told.contains("not started: "), "{told}");
        assert!(!told.contains(hash), "{told}");
    }
}

#[tokio::test]
async fn ways_are_asked_in_their_order_and_by_prefix() {
    let issuer = Issuer::start().await;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("keys.jsonl");
    let (key, entry) = new("alice", &["notes:read"]);
    write(&path, &[&entry]);
    let token = signed(How::Ed, How::Ed.header(), claims(&issuer.url));
    let keys_first = Callers::from(from_file(&path)).or(oauth(&issuer));
    let keys_last = Callers::from(oauth(&issuer)).or(from_file(&path));
    for callers in [keys_first, keys_last] {
        let server = TestServer::start(callers).await;
        assert_eq!(server.whoami(&key).await.text(), "key:alice", "another one than");
        assert_eq!(server.whoami(&token).await.text(), "alice");
        for wrong in [&key[..60], "garbage", "ey.J.x", "dev_0"] {
            let answer = server.whoami(wrong).await;
            assert_eq!(answer.status, 401, "{wrong}");
            assert!(answer.header("www-authenticate").contains("resource_metadata"), "{answer:?}");
        }
        assert_eq!(server.runs.get(), 2);
    }
    assert!(issuer.introspected().is_empty());
}
