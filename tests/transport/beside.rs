//! Beside each other.

use super::*;

#[test]
fn two_servers_do_not_know_each_other() {
    let (one, other) = (HttpProcess::notes(), HttpProcess::notes());
    let crossed = Request::post(&one, "alice", request(1, "tools/list", json!({})))
        .set("Authorization", &format!("Bearer {}", other.token("alice")));
    assert_eq!(crossed.send(&one).status, 401);
    let add = call(1, "add_note", json!({ "title": "only in one", "body": "" }));
    Request::post(&one, "alice", add).send(&one);
    let search = call(2, "search_notes", json!({ "text": "only in one" }));
    let found = |server: &HttpProcess| -> usize {
        let response: Response = Request::post(server, "alice", &search).send(server);
        response.json()["result"]["structuredContent"]["notes"].as_array().unwrap().len()
    };
    assert_eq!((found(&one), found(&other)), (1, 0));
    assert_eq!((one.stop().records().len(), other.stop().records().len()), (2, 1));
}

#[test]
fn servers_side_by_side_have_audit_files_of_their_own() {
    let state = tempfile::tempdir().unwrap();
    let start = |user: &str| {
        let mut command = support::process::clean(support::process::example("notes"));
        command.env("XDG_STATE_HOME", state.path()).env("SECURE_TOOL_CALLER", user);
        let mut server = StdioProcess::start_with(command, &["serve"]);
        server.initialize();
        server
    };
    let (mut alice, mut bob) = (start("alice"), start("bob"));
    for server in [&mut alice, &mut bob] {
        server.ask(&call(1, "list_notes", json!({})));
    }
    for mut server in [alice, bob] {
        server.close();
        server.wait();
    }
    for (number, caller) in [(1, "alice"), (2, "bob")] {
        let path = state.path().join(format!("secure-tool/notes/audit-{number}.jsonl"));
        let records = records(&std::fs::read_to_string(path).unwrap());
        assert_eq!(records.len(), 1, "{records:?}");
        assert_eq!(records[0]["caller"], caller);
    }
}

#[test]
fn a_port_that_is_taken_is_told() {
    let server = HttpProcess::notes();
    let output = support::process::clean(support::process::example("notes"))
        .args(["serve", "--http", server.address(), "--audit-file"])
        .arg(server.directory.path().join("other.jsonl"))
        .output()
        .unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains("cannot listen on") && stderr.contains("help:"), "{stderr}");
}

#[test]
fn only_loopback_is_served() {
    let directory = tempfile::tempdir().unwrap();
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:0"] {
        let output = support::process::clean(support::process::example("notes"))
            .args(["serve", "--http", address, "--audit-file"])
            .arg(directory.path().join("audit.jsonl"))
            .output()
            .unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{address}: {stderr}");
        assert!(stderr.contains("loopback"), "{address}: {stderr}");
    }
}
