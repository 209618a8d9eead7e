//! Public lists of attacks, where they are at hand: `SECURE_TOOL_CORPORA` names their folder, or it lies
//! beside the repository as `../shared/corpora`. No canary comes back, nothing changes, nothing hangs.

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::call;
use crate::support::http::Request;
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

/// Each text where a path, a revision, a host, a name, a URL and a text are expected.
fn calls(payload: &str) -> [(&'static str, Value); 7] {
    [
        ("read_file", json!({ "path": payload })),
        ("list_directory", json!({ "directory": payload })),
        ("git_log", json!({ "repository": "repository", "revision": payload })),
        ("git_show", json!({ "repository": payload, "revision": "HEAD" })),
        ("query", json!({ "report": "revenue_by_day", "order": "name", "article": payload })),
        ("query", json!({ "report": payload, "order": "name" })),
        ("write_file", json!({ "path": format!("../{payload}"), "text": payload })),
    ]
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
    let world = World::new();
    world.unchanged(|| {
        for payload in payloads {
            for (tool, arguments) in calls(payload) {
                let began = Instant::now();
                let call = call(1, tool, arguments);
                let answer = Request::post(&world.server, "writer", call).send(&world.server);
                assert!(began.elapsed() < Duration::from_secs(30), "{tool} hangs: {payload:?}");
                assert!(!answer.body.contains(SECRET), "{tool} told the secret: {payload:?}");
                // Over 400 are answers, too: nobody crashed.
                assert!(answer.status < 500, "{tool} {payload:?}: {}", answer.body);
                let refused = answer.json();
                let code = &refused["result"]["_meta"]["secure-tool/refusal"]["code"];
                assert!(code != "panicked" && code != "internal", "{tool} {payload:?}: {refused}");
            }
        }
    });
}
