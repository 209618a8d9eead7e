//! Public lists of attacks, where they are at hand: `SECURE_TOOL_CORPORA` names their folder, or it lies
//! beside the repository as `../shared/corpora`. No canary comes back, nothing around the directory changes,
//! nothing hangs.

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use secure_tool_runtime::Input;
use secure_tool_runtime::command::{Argument, HostName};
use secure_tool_runtime::fetch::SafeUrl;
use secure_tool_runtime::files::SafePath;
use secure_tool_runtime::input::{At, Rules, Violations};
use serde_json::{Value, json};

use crate::git::repository;
use crate::world::{SECRET, World};

/// Calls of one server: a caller has a hundred a minute of each tool.
const CALLS: usize = 45;

/// Servers at the same time.
const SERVERS: usize = 4;

fn payloads() -> Option<Vec<String>> {
    let folder = std::env::var_os("SECURE_TOOL_CORPORA").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/corpora"),
        PathBuf::from,
    );
    let Ok(lines) = std::fs::read_to_string(folder.join("attacks.jsonl")) else {
        eprintln!("skipped: there are no lists of attacks at {}", folder.display());
        return None;
    };
    let payload = |line: &str| {
        let line: Value = serde_json::from_str(line).unwrap();
        line["payload"].as_str().unwrap().to_owned()
    };
    Some(lines.lines().map(payload).collect())
}

/// Each text where a path, a revision, a name of a repository, a choice and a text are expected.
fn calls(payload: &str) -> [(&'static str, Value); 9] {
    [
        ("read_file", json!({ "path": payload })),
        ("list_directory", json!({ "directory": payload })),
        ("git_log", json!({ "repository": "repo", "revision": payload })),
        ("git_show", json!({ "repository": payload, "revision": "HEAD" })),
        ("git_diff", json!({ "repository": "repo", "from": payload })),
        ("git_diff", json!({ "repository": "repo", "from": "HEAD", "path": payload })),
        ("query", json!({ "report": "revenue_by_day", "order": "name", "article": payload })),
        ("query", json!({ "report": payload, "order": "name" })),
        ("write_file", json!({ "path": payload, "text": payload })),
    ]
}

/// Each text where a host and a URL are expected, unless it is one: nobody is asked for anything.
fn of_network(payload: &str) -> Vec<(&'static str, Value)> {
    let url = format!("https://{payload}/");
    let mut calls = Vec::new();
    if HostName::try_from(payload).is_err() {
        calls.push(("ping_host", json!({ "host": payload })));
    }
    let urls = [payload, &url].into_iter().filter(|url| SafeUrl::try_from(*url).is_err());
    calls.extend(urls.map(|url| ("fetch", json!({ "url": url }))));
    calls
}

#[test]
fn no_attack_of_the_lists_comes_through() {
    let Some(payloads) = payloads() else { return };
    assert!(payloads.len() > 1000, "the lists are cut");
    let chunks: Vec<&[String]> = payloads.chunks(CALLS).collect();
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..SERVERS {
            scope.spawn(|| {
                while let Some(chunk) = chunks.get(next.fetch_add(1, Ordering::SeqCst)) {
                    attack(chunk);
                }
            });
        }
    });
}

fn attack(payloads: &[String]) {
    let world = World::with(|around| repository(&around.join("safe/repo")));
    world.unchanged_around(|| {
        for payload in payloads {
            for (tool, arguments) in calls(payload) {
                send(&world, "writer", tool, arguments);
            }
        }
        // Ten a minute of each: as many as two people may send. The test below has the others.
        let mut few = payloads.iter();
        for (user, payload) in ["reader", "writer"].iter().flat_map(|user| {
            few.by_ref().take(5).map(move |payload| (user, payload)).collect::<Vec<_>>()
        }) {
            for (tool, arguments) in of_network(payload) {
                let refused = send(&world, user, tool, arguments);
                assert_eq!(refused["_meta"]["secure-tool/refusal"]["code"], "invalid_input");
            }
        }
    });
}

/// Calls a tool, which may serve or refuse. Gives the result.
fn send(world: &World, user: &str, tool: &str, arguments: Value) -> Value {
    let shown = arguments.to_string();
    let began = Instant::now();
    let answer = world.send_as(user, tool, arguments);
    assert!(began.elapsed() < Duration::from_secs(30), "{tool} hangs: {shown}");
    assert!(!answer.body.contains(SECRET), "{tool} told the secret: {shown}");
    // Over 400 are answers, too: nobody crashed.
    assert!(answer.status < 500, "{tool} {shown}: {}", answer.body);
    let result = answer.json()["result"].clone();
    let code = &result["_meta"]["secure-tool/refusal"]["code"];
    assert!(code != "panicked" && code != "internal", "{tool} {shown}: {result}");
    result
}

fn decode<T: Input>(text: &str) -> Option<T> {
    let mut violations = Violations::new();
    let value = T::decode(text.into(), &Rules::NONE, &At::ROOT, &mut violations);
    assert_eq!(value.is_some(), violations.is_empty(), "{text:?}");
    value
}

/// What the fuzz target `inputs` states, of all texts.
#[test]
fn what_is_taken_of_the_lists_is_what_was_promised() {
    let Some(payloads) = payloads() else { return };
    let mut taken = [0; 4];
    for text in payloads.iter().flat_map(|text| [text.clone(), format!("https://{text}/")]) {
        if let Some(path) = decode::<SafePath>(&text) {
            assert_eq!(path.to_string(), text, "a path is normalised");
            assert!(text.split('/').all(|name| !matches!(name, "" | "." | "..")), "{text:?}");
            assert!(!text.contains(['\\', ':', '\0', '\n']), "{text:?}");
            taken[0] += 1;
        }
        if let Some(url) = decode::<SafeUrl>(&text) {
            let shown = url.to_string();
            let read = url::Url::parse(&shown).unwrap();
            assert!(read.scheme() == "https" && read.username().is_empty(), "{text:?}");
            assert!(read.password().is_none(), "{text:?}");
            assert_eq!(read.host_str(), Some(url.host()), "{text:?}");
            let again = decode::<SafeUrl>(&shown).map(|url| url.to_string());
            assert_eq!(again, Some(shown), "{text:?}");
            taken[1] += 1;
        }
        if let Some(argument) = decode::<Argument<100>>(&text) {
            let argument = argument.as_str();
            assert!(!argument.starts_with('-') && !argument.contains(['\0', '\n']), "{text:?}");
            assert!(argument.chars().count() <= 100, "{text:?}");
            taken[2] += 1;
        }
        if let Some(host) = decode::<HostName>(&text) {
            let host = host.as_str();
            assert!(host.len() <= 253 && !host.starts_with('-'), "{text:?}");
            let of_name = |b: u8| b.is_ascii_alphanumeric() || b".-:".contains(&b);
            assert!(host.bytes().all(of_name), "{text:?}");
            taken[3] += 1;
        }
    }
    // The control: something was taken of each kind.
    assert!(taken.iter().all(|count| *count > 0), "{taken:?}");
}
