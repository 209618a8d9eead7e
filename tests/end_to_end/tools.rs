//! Tools and their answers, as clients see them.

use super::*;

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
