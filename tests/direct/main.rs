//! Calls that go to the guards without rmcp's service are answered and recorded as those that go through it: a server
//! whose tools are inside a handler of its own serves all calls through it.

#![allow(clippy::unwrap_used, missing_docs, unreachable_pub)]

mod running;
#[path = "../support/mod.rs"]
mod support;
mod tools;

use reqwest::StatusCode;
use serde_json::{Value, json};

use running::{Answer, Running, request};
use support::CANARY;

/// A text without references, times to wait and states that are sealed.
fn neutral(text: &str) -> String {
    let mut message: Value = serde_json::from_str(text).unwrap_or_else(|_| text.into());
    for changing in ["/result/requestState", "/result/_meta/secure-tool~1refusal/retryAfterMs"] {
        if let Some(value) = message.pointer_mut(changing) {
            *value = "…".into();
        }
    }
    let reference = message.pointer("/result/_meta/secure-tool~1refusal/reference");
    let reference = reference.and_then(Value::as_str).map(str::to_owned);
    let text = message.to_string();
    reference.map_or(text.clone(), |reference| text.replace(&reference, "…"))
}

fn alike(mut one: Answer, mut other: Answer) -> Answer {
    for answer in [&mut one, &mut other] {
        answer.body = neutral(&answer.body);
    }
    assert_eq!(one, other);
    assert!(!one.body.contains(CANARY), "{one:?}");
    one
}

#[tokio::test]
async fn both_ways_answer_and_record_alike() {
    let (direct, around) = (Running::direct().await, Running::around().await);
    let form = json!({ "io.modelcontextprotocol/clientCapabilities": { "elicitation": {} } });
    let cases = [
        ("add", json!({ "arguments": { "a": 1, "b": 2 } }), "\"sum\":3"),
        ("add", json!({ "arguments": { "a": 1, "b": null } }), "\"sum\":1"),
        ("add", json!({ "arguments": { "a": 10 } }), "invalid_input"),
        ("add", json!({ "arguments": { "a": CANARY, CANARY: 1 } }), "invalid_input"),
        ("add", json!({ "arguments": null }), "invalid_input"),
        ("add", json!({}), "invalid_input"),
        ("add", json!({ "arguments": [1] }), "error"),
        ("add", json!({ "arguments": { "a": 1 }, "task": {} }), "\"sum\":1"),
        ("add", json!({ "arguments": { "a": 1 }, "_meta": { "traceparent": 1 } }), "\"sum\":1"),
        ("add", json!({ "arguments": { "a": 1 }, "_meta": { "progressToken": 1 } }), "\"sum\":1"),
        ("hello", json!({}), "hello, ada"),
        ("numbers", json!({ "arguments": {} }), "[1,2,3]"),
        ("nothing", json!({}), "\"isError\":false"),
        ("breaks", json!({}), "internal"),
        ("panics", json!({}), "panicked"),
        ("sleeps", json!({}), "timed_out"),
        ("scoped", json!({}), "forbidden"),
        ("decided", json!({ "arguments": { "number": 1 } }), "\"isError\":false"),
        ("decided", json!({ "arguments": { "number": 2 } }), "denied"),
        ("decided_in_silence", json!({}), "\"isError\":false"),
        ("confirmed", json!({ "arguments": { "number": 1 } }), "elicitation"),
        ("confirmed", json!({ "arguments": { "number": 1 }, "_meta": form }), "Go on with 1?"),
        (
            "confirmed",
            json!({ "arguments": { "number": 1 }, "_meta": form, "requestState": CANARY }),
            "not valid",
        ),
        (
            "confirmed",
            json!({ "arguments": { "number": 1 }, "_meta": form, "inputResponses": { "x": {} } }),
            "Go on with 1?",
        ),
        ("unknown", json!({}), "there is no tool of that name"),
    ];
    for (tool, params, said) in cases {
        for modern in [true, false] {
            let answers = (
                direct.call(modern, tool, &params).await,
                around.call(modern, tool, &params).await,
            );
            let answer = alike(answers.0, answers.1);
            // An older client is asked in a session, and this is none.
            let said = if !modern && tool == "confirmed" { "elicitation" } else { said };
            assert!(answer.body.contains(said), "{tool} {params} {modern}: {answer:?}");
        }
    }
    for said in ["\"isError\":false", "rate_limited", "rate_limited"] {
        let answers = (
            direct.call(true, "once", &json!({})).await,
            around.call(true, "once", &json!({})).await,
        );
        assert!(alike(answers.0, answers.1).body.contains(said));
    }
    let records = direct.records().await;
    assert_eq!(records, around.records().await);
    assert!(records.len() > 40, "{records:#?}");
}

#[tokio::test]
async fn both_ways_go_on_where_they_have_asked() {
    for server in [Running::direct().await, Running::around().await] {
        let form = json!({ "io.modelcontextprotocol/clientCapabilities": { "elicitation": {} } });
        let params = json!({ "arguments": { "number": 5 }, "_meta": form });
        let asked = server.call(true, "confirmed", &params).await;
        let asked: Value = serde_json::from_str(&asked.body).unwrap();
        let question = asked["result"]["inputRequests"].as_object().unwrap().keys().next().unwrap();
        let mut again = params.clone();
        again["requestState"] = asked["result"]["requestState"].clone();
        let yes = json!({ "action": "accept", "content": { "confirm": true } });
        again["inputResponses"] = json!({ question: yes });
        let answer = server.call(true, "confirmed", &again).await;
        assert!(answer.body.contains("\"isError\":false"), "{answer:?}");
        let replayed = server.call(true, "confirmed", &again).await;
        assert!(replayed.body.contains("not valid"), "{replayed:?}");
    }
}

#[tokio::test]
async fn both_ways_complain_alike() {
    let (direct, around) = (Running::direct().await, Running::around().await);
    let (modern, body) = request(true, "add", json!({ "arguments": { "a": 1 } }));
    let (older, old_body) = request(false, "add", json!({ "arguments": { "a": 1 } }));
    let mut cases = vec![
        (modern.clone(), body.clone(), StatusCode::OK),
        (older.clone(), old_body.clone(), StatusCode::OK),
        (older.clone(), body.clone(), StatusCode::BAD_REQUEST),
        (modern.clone(), old_body.clone(), StatusCode::BAD_REQUEST),
        (vec![], old_body.clone(), StatusCode::OK),
        (older.clone(), old_body.replace("\"2.0\"", "\"1.0\""), StatusCode::BAD_REQUEST),
        (older.clone(), old_body.replace("\"id\":7", "\"id\":null"), StatusCode::BAD_REQUEST),
        (older.clone(), old_body.replace("\"id\":7", "\"id\":\"a\""), StatusCode::OK),
    ];
    for index in 0..modern.len() {
        let mut less = modern.clone();
        less.remove(index);
        cases.push((less, body.clone(), StatusCode::BAD_REQUEST));
        let mut other = modern.clone();
        other[index].1 = "x";
        cases.push((other, body.clone(), StatusCode::BAD_REQUEST));
    }
    for (accept, status) in [
        ("text/event-stream, application/json", StatusCode::OK),
        ("application/json;q=0, text/event-stream", StatusCode::NOT_ACCEPTABLE),
        ("application/json;q=0.001, text/event-stream;q=1", StatusCode::OK),
        ("application/json;q=x, text/event-stream;q=-1", StatusCode::OK),
    ] {
        for (headers, body) in [(&modern, &body), (&older, &old_body)] {
            let headers = headers.iter().copied().chain([("accept", accept)]);
            cases.push((headers.collect(), body.clone(), status));
        }
    }
    for (headers, body, status) in cases {
        let answers =
            (direct.post(&headers, body.clone()).await, around.post(&headers, body.clone()).await);
        let answer = alike(answers.0, answers.1);
        assert_eq!(answer.status, status, "{headers:?} {body}: {answer:?}");
    }
}

#[tokio::test]
async fn both_ways_read_alike_what_is_not_quite_right() {
    let (direct, around) = (Running::direct().await, Running::around().await);
    let params = json!({ "arguments": { "a": 1 }, "_meta": { "other": "@" } });
    for modern in [true, false] {
        let (headers, body) = request(modern, "add", params.clone());
        for (value, status) in [
            (&b"[1e3, null, {\"\\u00e9\": -0.0}]"[..], StatusCode::OK),
            (b"1e999", StatusCode::BAD_REQUEST),
            (b"\"\\ud800\"", StatusCode::BAD_REQUEST),
            (b"\"\xff\xfe\"", StatusCode::BAD_REQUEST),
            (b"{\"\xff\": 1}", StatusCode::BAD_REQUEST),
            (b"01", StatusCode::BAD_REQUEST),
            (b"nul", StatusCode::BAD_REQUEST),
        ] {
            let (before, after) = body.split_once("\"@\"").unwrap();
            let body = [before.as_bytes(), value, after.as_bytes()].concat();
            let answers =
                (direct.post(&headers, body.clone()).await, around.post(&headers, body).await);
            let answer = alike(answers.0, answers.1);
            let value = String::from_utf8_lossy(value);
            assert_eq!(answer.status, status, "{value} {modern}: {answer:?}");
        }
        for (name, value, status) in [
            ("accept", "application/json;Q=0, text/event-stream", 406),
            ("accept", "application/json;q =0, text/event-stream", 406),
            ("accept", "application/json, text/event-stream;q=1;q=0", 406),
            ("accept", "application/json;x=\",text/event-stream,\"", 406),
            ("accept", "application/json, text/event-stream, x/é", 406),
            ("content-type", "application/json; charset=utf-8", 200),
            ("content-type", "application/json; x=\"é\"", 415),
            ("content-type", "application/json; charset=\"utf-8\"", 200),
            ("mcp-other", "1", 200),
            ("mcp-name", "add", if modern { 400 } else { 200 }),
        ] {
            let headers: Vec<_> = headers.iter().copied().chain([(name, value)]).collect();
            let answers = (
                direct.post(&headers, body.clone()).await,
                around.post(&headers, body.clone()).await,
            );
            let answer = alike(answers.0, answers.1);
            assert_eq!(answer.status, status, "{name}: {value} {modern}: {answer:?}");
        }
    }
}

#[tokio::test]
async fn both_ways_break_off_alike_when_the_server_ends() {
    for modern in [true, false] {
        let mut answers = Vec::new();
        for server in [Running::direct().await, Running::around().await] {
            let nothing = json!({});
            let ends = async {
                support::eventually("the call", || (server.waiting.get() == 1).then_some(())).await;
                server.stop.cancel();
            };
            let (answer, ()) = tokio::join!(server.call(modern, "waits", &nothing), ends);
            assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
            let recorded = || (server.log.records().len() == 1).then_some(());
            support::eventually("its record", recorded).await;
            assert!(server.records().await[0].contains("Cancelled"));
            answers.push(answer);
        }
        let [one, other] = answers.try_into().unwrap();
        alike(one, other);
    }
}

/// rmcp serves each call in a task of its own.
#[tokio::test]
async fn calls_that_need_nothing_between_run_where_their_connection_is_served() {
    let (direct, around) = (Running::direct().await, Running::around().await);
    for modern in [true, false] {
        for (server, tool, same) in
            [(&direct, "task", true), (&direct, "task_that_talks", false), (&around, "task", false)]
        {
            let one = server.call(modern, tool, &json!({})).await;
            let other = server.call(modern, tool, &json!({})).await;
            assert!(one.body.contains("Id("), "{one:?}");
            assert_eq!(one.body == other.body, same, "{tool} {modern}: {one:?} {other:?}");
        }
    }
}

#[tokio::test]
async fn a_client_that_leaves_stops_its_call_on_both_ways() {
    for server in [Running::direct().await, Running::around().await] {
        for (modern, calls) in [(true, 1), (false, 2)] {
            let begun = async {
                support::eventually("the call", || (server.waiting.get() == calls).then_some(()))
                    .await;
            };
            let nothing = json!({});
            tokio::select! {
                answer = server.call(modern, "waits", &nothing) => panic!("{answer:?}"),
                () = begun => {}
            }
            let recorded = || (server.log.records().len() == calls as usize).then_some(());
            support::eventually("its record", recorded).await;
            let records = server.records().await;
            assert!(records.iter().all(|record| record.contains("Cancelled")), "{records:?}");
        }
    }
}
