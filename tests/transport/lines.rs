//! Lines.

use super::*;

#[test]
fn a_line_without_an_end_is_not_a_request() {
    let mut server = StdioProcess::notes("alice");
    let line = call(1, "add_note", json!({ "title": "half", "body": "" })).to_string();
    server.write(line.as_bytes());
    assert_eq!(server.stop().records(), [] as [Value; 0]);
}

#[test]
fn after_a_line_that_is_not_a_message_the_next_one_counts() {
    let mut server = StdioProcess::notes("alice");
    let deep = "[".repeat(100_000);
    for garbage in [
        &b"\n"[..],
        b"\r\n",
        b"garbage\n",
        b"{\"jsonrpc\":\"2.0\",\"id\":1\n",
        b"\xff\xfe\xfd\n",
        b"{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"\xc3\x28\"}\n",
        b"null\n",
        b"{}\n",
        b"\0\0\0\n",
        format!("{deep}\n").as_bytes(),
    ] {
        server.write(garbage);
    }
    let answer = server.ask(&call(8, "list_notes", json!({})));
    assert_eq!(answer["result"]["isError"], false, "{answer}");
    let left = server.stop();
    assert_eq!(left.records().len(), 1);
    assert!(!left.stderr.contains("garbage"), "{}", left.stderr);
}

#[test]
fn an_oversized_line_is_dropped_and_the_next_one_counts() {
    let mut server = StdioProcess::notes("alice");
    let line = call(7, "add_note", json!({ "title": "x".repeat(MAX_REQUEST), "body": "" }));
    server.send(&line);
    let answer = server.ask(&call(8, "list_notes", json!({})));
    assert_eq!(answer["result"]["isError"], false, "{answer}");
    assert_eq!(server.stop().records().len(), 1);
}

#[test]
fn a_line_that_is_not_taken_is_answered_and_calls_nothing() {
    let mut server = StdioProcess::notes("alice");
    let call = call(7, "add_note", json!({ "title": "CANARY", "body": "" })).to_string();
    for (line, id) in [
        (call.replace("\"title\"", "\"title\":\"a\",\"title\""), json!(7)),
        (call.replace("\"title\"", "\"ti\\u0074le\":\"a\",\"title\""), json!(7)),
        (call.replace("\"name\"", "\"name\":\"about\",\"name\""), json!(7)),
        (call.replace("\"\"", &format!("{}{}", "[".repeat(100), "]".repeat(100))), json!(7)),
        (format!("[{call}]"), Value::Null),
        (call.replace("CANARY", &"x".repeat(MAX_REQUEST)), Value::Null),
        (call.replace('}', ""), Value::Null),
    ] {
        server.write(format!("{line}\n").as_bytes());
        let answer = server.answer(&id);
        assert!(answer["error"]["code"].is_number(), "{line:.90}: {answer}");
        assert!(!answer.to_string().contains("CANARY"), "{answer}");
    }
    let left = server.stop();
    assert_eq!(left.records(), [] as [Value; 0]);
    assert!(!left.stderr.contains("CANARY"), "{}", left.stderr);
}

#[test]
fn what_a_client_begins_with_is_not_shown() {
    let mut server =
        StdioProcess::start(support::process::clean(support::process::example("notes")));
    server.send(&request(1, "CANARY", json!({ "CANARY": "CANARY" })));
    server.close();
    let (_, stderr) = server.wait();
    assert!(!stderr.contains("CANARY"), "{stderr}");
}

#[test]
fn a_request_before_the_handshake_is_answered() {
    let mut server = {
        let mut command = support::process::clean(support::process::example("notes"));
        command.env("SECURE_TOOL_CALLER", "alice");
        StdioProcess::start(command)
    };
    let answer = server.ask(&call(1, "list_notes", json!({})));
    assert!(answer["error"]["message"].is_string(), "{answer}");
    server.initialize();
    let answer = server.ask(&call(2, "list_notes", json!({})));
    assert_eq!(answer["result"]["isError"], false, "{answer}");
}

#[test]
fn a_client_cannot_choose_who_it_is() {
    let mut server = StdioProcess::notes("nobody-in-particular");
    let mut listing = request(1, "tools/list", json!({}));
    listing["params"]["_meta"] = json!({ "caller": "admin", "SECURE_TOOL_ROLES": "admin" });
    let answer = server.ask(&listing);
    let tools = answer["result"]["tools"].as_array().unwrap();
    let names: Vec<_> = tools.iter().map(|tool| &tool["name"]).collect();
    assert_eq!(names, ["about"], "public ones only");
}
