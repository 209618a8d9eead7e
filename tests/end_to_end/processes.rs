//! The process of a server: what it writes, when it is ready, how it ends.

use super::*;

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
