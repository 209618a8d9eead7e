//! Talking back to the client while its call runs: a person agrees, for these arguments and once, or
//! nothing happens.

#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use rmcp::ServiceExt;
use rmcp::model::{
    ElicitRequest, ElicitRequestParams, ElicitationSchema, InputRequest, PrimitiveSchemaDefinition,
    StringSchema,
};
use secure_tool_runtime::prelude::*;
use serde_json::{Map, Value, json};
use support::guarded::{Guarded, Runs, guard, somebody};
use support::{CANARY, bounded, code};
use tokio::io::{
    AsyncBufReadExt, AsyncWriteExt, BufReader, DuplexStream, ReadHalf, WriteHalf, split,
};

#[secure_input]
struct Page {
    /// Its number.
    number: u16,
}

#[derive(Clone, Default)]
struct Tools {
    deleted: Runs,
}

#[secure_tools]
impl Tools {
    /// Delete a note.
    #[secure_tool(public = "test", effect = read, timeout = "20s")]
    async fn delete(
        &self,
        context: &Context,
        /// Which.
        title: Text<1, 100>,
    ) -> bool {
        context.confirm(&format!("Delete “{title}”?")).await;
        self.deleted.count();
        true
    }

    /// Remove a note.
    #[secure_tool(public = "test", effect = read, confirm = "Remove {{“{title}”}} of {page.number}?")]
    async fn remove(
        &self,
        /// Which.
        title: Text<1, 1000>,
        /// Where.
        page: Page,
    ) -> u16 {
        self.deleted.count();
        let _ = title;
        page.number
    }

    /// Delete two notes.
    #[secure_tool(public = "test", effect = read)]
    async fn delete_both(&self, context: &Context) {
        context.confirm("Delete the first?").await;
        context.confirm("Delete the second?").await;
        self.deleted.count();
    }

    /// Ask two questions at once, then a third.
    #[secure_tool(public = "test", effect = read)]
    async fn greet(&self, context: &Context) -> String {
        let (first, last) =
            tokio::join!(context.ask("first", name("First?")), context.ask("last", name("Last?")));
        let nick = context.ask("nick", name("Nick?")).await;
        format!("{} {} {}", said(&first), said(&last), said(&nick))
    }

    /// Send the person to a page.
    #[secure_tool(public = "test", effect = read)]
    async fn sign_in(&self, context: &Context) {
        context.ask("sign-in", page()).await;
    }

    /// Tell how far it is.
    #[secure_tool(public = "test", effect = read)]
    async fn work(&self, context: &Context) {
        context.progress(1.0, Some(2.0), "half\u{1b}[31m").await;
    }
}

fn name(message: &str) -> InputRequest {
    let text = PrimitiveSchemaDefinition::String(StringSchema::new());
    InputRequest::Elicitation(ElicitRequest::new(ElicitRequestParams::FormElicitationParams {
        meta: None,
        message: message.into(),
        requested_schema: ElicitationSchema::builder().property("name", text).build().unwrap(),
    }))
}

fn page() -> InputRequest {
    InputRequest::Elicitation(ElicitRequest::new(ElicitRequestParams::UrlElicitationParams {
        meta: None,
        message: "Sign in.".into(),
        url: "https://example.com/".into(),
        elicitation_id: "1".into(),
    }))
}

fn said(answer: &Map<String, Value>) -> &str {
    answer["content"]["name"].as_str().unwrap()
}

/// A client that writes and reads lines.
struct Client {
    output: WriteHalf<DuplexStream>,
    input: BufReader<ReadHalf<DuplexStream>>,
    next: i64,
    modern: bool,
    capabilities: Value,
}

impl Client {
    async fn new(guarded: &Guarded, user: &str, modern: bool, capabilities: Value) -> Self {
        let (near, far) = tokio::io::duplex(1 << 16);
        let (input, output) = split(near);
        let handler = guarded.tools.clone().for_local(somebody(user));
        tokio::spawn(async move { handler.serve(far).await.unwrap().waiting().await });
        let input = BufReader::new(input);
        let mut client = Client { output, input, next: 0, modern, capabilities };
        if !modern {
            let begin = json!({
                "protocolVersion": "2025-11-25", "capabilities": client.capabilities,
                "clientInfo": { "name": "test", "version": "0" },
            });
            client.request("initialize", begin).await;
            client.receive().await;
            let begun = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" });
            client.send(begun).await;
        }
        client
    }

    async fn send(&mut self, message: Value) {
        self.output.write_all(format!("{message}\n").as_bytes()).await.unwrap();
    }

    async fn receive(&mut self) -> Value {
        let mut line = String::new();
        bounded("an answer", self.input.read_line(&mut line)).await.unwrap();
        serde_json::from_str(&line).unwrap()
    }

    async fn request(&mut self, method: &str, params: Value) {
        self.next += 1;
        let id = self.next;
        self.send(json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params })).await;
    }

    /// Sends a call, with whatever stands beside its arguments.
    async fn call(&mut self, tool: &str, arguments: Value, beside: Value) {
        let mut params = json!({ "name": tool, "arguments": arguments });
        if self.modern {
            let mut meta = support::modern_meta();
            meta["io.modelcontextprotocol/clientCapabilities"] = self.capabilities.clone();
            params["_meta"] = meta;
        }
        for (key, value) in beside.as_object().unwrap() {
            match (key.as_str(), value) {
                ("_meta", Value::Object(more)) => {
                    let mut meta = params["_meta"].as_object().cloned().unwrap_or_default();
                    meta.extend(more.clone());
                    params["_meta"] = meta.into();
                }
                _ => params[key] = value.clone(),
            }
        }
        self.request("tools/call", params).await;
    }

    async fn answered(&mut self, tool: &str, arguments: Value, beside: Value) -> Value {
        self.call(tool, arguments, beside).await;
        self.receive().await
    }
}

fn agreed() -> Value {
    json!({ "action": "accept", "content": { "confirm": true } })
}

fn can_ask() -> Value {
    json!({ "elicitation": {} })
}

fn tools() -> (Guarded, Runs) {
    let tools = Tools::default();
    (guard(tools.clone()), tools.deleted)
}

/// The result of a round that asks for consent, for the next round.
fn consent(answer: &Value, given: Value) -> Value {
    let asked = answer["result"]["inputRequests"].as_object().expect("a round that asks");
    assert_eq!(asked.len(), 1, "{answer}");
    next(answer, asked.keys().map(|key| (key.clone(), given.clone())).collect())
}

/// The result of a round that asks, for the next round.
fn next(answer: &Value, responses: Value) -> Value {
    assert_eq!(answer["result"]["resultType"], "input_required", "{answer}");
    json!({ "inputResponses": responses, "requestState": answer["result"]["requestState"] })
}

#[tokio::test]
async fn a_person_agrees_in_a_second_round() {
    let (guarded, deleted) = tools();
    let mut client = Client::new(&guarded, "ada", true, can_ask()).await;
    let arguments = json!({ "title": "a\u{202e}b" });
    let asks = client.answered("delete", arguments.clone(), json!({})).await;
    let asked = asks["result"]["inputRequests"].as_object().unwrap();
    let question = asked.values().next().unwrap();
    assert_eq!(question["method"], "elicitation/create");
    assert_eq!(question["params"]["message"], "Delete “ab”?", "cleaned");
    assert_eq!(question["params"]["requestedSchema"]["required"], json!(["confirm"]));
    assert_eq!(deleted.get(), 0, "nothing happens before");

    let round = consent(&asks, agreed());
    let done = client.answered("delete", arguments.clone(), round.clone()).await;
    assert_eq!(done["result"]["isError"], false, "{done}");
    assert_eq!(deleted.get(), 1);

    let again = client.answered("delete", arguments, round).await;
    assert_eq!(again["error"]["code"], -32602, "an answer counts once: {again}");
    assert_eq!(deleted.get(), 1);
    let records = guarded.records().await;
    let reasons: Vec<&str> = records.iter().map(|record| record.reason).collect();
    assert_eq!(reasons, ["input_required", "ok", "invalid_state"]);
}

#[tokio::test]
async fn consent_is_for_one_caller_tool_and_arguments() {
    let (guarded, deleted) = tools();
    let mut ada = Client::new(&guarded, "ada", true, can_ask()).await;
    let mut bob = Client::new(&guarded, "bob", true, can_ask()).await;
    let asks = ada.answered("delete", json!({ "title": "a" }), json!({})).await;
    let round = consent(&asks, agreed());
    let other = ada.answered("delete", json!({ "title": "b" }), round.clone()).await;
    let stolen = bob.answered("delete", json!({ "title": "a" }), round.clone()).await;
    let elsewhere = ada.answered("greet", json!({}), round.clone()).await;
    let mut changed = round.clone();
    changed["requestState"] = format!("{}x", round["requestState"].as_str().unwrap()).into();
    let changed = ada.answered("delete", json!({ "title": "a" }), changed).await;
    for refused in [other, stolen, elsewhere, changed] {
        assert_eq!(refused["error"]["code"], -32602, "{refused}");
    }
    assert_eq!(deleted.get(), 0);
    // What was refused has used nothing up.
    let done = ada.answered("delete", json!({ "title": "a" }), round).await;
    assert_eq!(done["result"]["isError"], false, "{done}");
    assert_eq!(deleted.get(), 1);
}

#[tokio::test]
async fn an_answer_that_was_not_asked_for_is_no_consent() {
    let (guarded, deleted) = tools();
    let mut client = Client::new(&guarded, "ada", true, can_ask()).await;
    let arguments = json!({ "title": "a" });
    let asks = client.answered("delete", arguments.clone(), json!({})).await;
    let mut unasked = consent(&asks, agreed());
    unasked.as_object_mut().unwrap().remove("requestState");
    let answer = client.answered("delete", arguments.clone(), unasked.clone()).await;
    assert_eq!(answer["result"]["resultType"], "input_required", "{answer}");
    // Nor is it one in the round after, for the state does not keep it.
    let round = consent(&answer, json!(null));
    let answer = client.answered("delete", arguments.clone(), round).await;
    assert_eq!(answer["result"]["resultType"], "input_required", "{answer}");
    for no in [
        json!({ "action": "decline" }),
        json!({ "action": "cancel" }),
        json!({ "action": "accept" }),
        json!({ "action": "accept", "content": { "confirm": false } }),
        json!({ "action": "accept", "content": { "confirm": "true" } }),
        json!({ "content": { "confirm": true } }),
    ] {
        let asks = client.answered("delete", arguments.clone(), json!({})).await;
        let round = consent(&asks, no);
        let answer = client.answered("delete", arguments.clone(), round).await;
        assert_eq!(answer["result"]["isError"], true, "{answer}");
        assert_eq!(answer["result"]["content"][0]["text"], "The person was asked and said no.");
    }
    // What is no answer at all is asked for again.
    let asks = client.answered("delete", arguments.clone(), json!({})).await;
    let round = consent(&asks, json!(CANARY));
    let answer = client.answered("delete", arguments, round).await;
    assert_eq!(answer["result"]["resultType"], "input_required", "{answer}");
    assert_eq!(deleted.get(), 0);
}

#[tokio::test]
async fn each_question_needs_its_own_consent() {
    let (guarded, deleted) = tools();
    let mut client = Client::new(&guarded, "ada", true, can_ask()).await;
    let first = client.answered("delete_both", json!({}), json!({})).await;
    let second = client.answered("delete_both", json!({}), consent(&first, agreed())).await;
    assert_eq!(deleted.get(), 0);
    let done = client.answered("delete_both", json!({}), consent(&second, agreed())).await;
    assert_eq!(done["result"]["isError"], false, "{done}");
    assert_eq!(deleted.get(), 1);
}

#[tokio::test]
async fn the_author_asks_with_the_values_of_the_call() {
    let (guarded, deleted) = tools();
    let mut client = Client::new(&guarded, "ada", true, can_ask()).await;
    for (title, shown) in [
        ("plain", "plain".to_owned()),
        ("a”?\n\n\tAll is well.\u{202e}", "a”? All is well.".to_owned()),
        (&"é".repeat(1000), "é".repeat(100) + "…"),
        ("{page.number}", "{page.number}".to_owned()),
    ] {
        let before = deleted.get();
        let arguments = json!({ "title": title, "page": { "number": 7 } });
        let asks = client.answered("remove", arguments.clone(), json!({})).await;
        let asked = asks["result"]["inputRequests"].as_object().unwrap();
        let message = &asked.values().next().unwrap()["params"]["message"];
        assert_eq!(*message, format!("Remove {{“{shown}”}} of 7?"));
        assert_eq!(deleted.get(), before);
        let done = client.answered("remove", arguments, consent(&asks, agreed())).await;
        assert_eq!(done["result"]["content"][0]["text"], "7", "{done}");
        assert_eq!(deleted.get(), before + 1);
    }
}

#[tokio::test]
async fn a_client_that_cannot_ask_is_refused() {
    let (guarded, deleted) = tools();
    for modern in [true, false] {
        for can in [json!({ "sampling": {} }), json!({ "elicitation": { "url": {} } }), json!({})] {
            let mut client = Client::new(&guarded, "ada", modern, can.clone()).await;
            let answer = client.answered("delete", json!({ "title": "a" }), json!({})).await;
            assert_eq!(answer["error"]["code"], -32021, "{modern} {can}: {answer}");
            let required = &answer["error"]["data"]["requiredCapabilities"];
            assert_eq!(*required, json!({ "elicitation": { "form": {} } }), "{modern} {can}");
        }
    }
    let mut client = Client::new(&guarded, "ada", true, json!({ "sampling": {} })).await;
    let forged = json!({ "inputResponses": { "confirm": agreed() }, "requestState": "x" });
    let answer = client.answered("delete", json!({ "title": "a" }), forged).await;
    assert_eq!(answer["error"]["code"], -32602, "{answer}");
    // Without a transport that talks back there is nobody to ask.
    let error = guarded.try_call(&somebody("ada"), "delete", json!({ "title": "a" })).await;
    assert_eq!(error.unwrap_err().code.0, -32021);
    assert_eq!(deleted.get(), 0);
}

#[tokio::test]
async fn a_client_is_asked_in_a_mode_that_it_declares() {
    let (guarded, _) = tools();
    for modern in [true, false] {
        for (can, tool, asked) in [
            (json!({}), "delete", true),
            (json!({ "form": {} }), "delete", true),
            (json!({ "form": {}, "url": {} }), "delete", true),
            (json!({ "url": {} }), "delete", false),
            (json!({}), "sign_in", false),
            (json!({ "form": {} }), "sign_in", false),
            (json!({ "url": {} }), "sign_in", true),
        ] {
            let what = format!("{modern} {can} {tool}");
            let mut client =
                Client::new(&guarded, "ada", modern, json!({ "elicitation": can })).await;
            let arguments = if tool == "delete" { json!({ "title": "a" }) } else { json!({}) };
            let answer = client.answered(tool, arguments, json!({})).await;
            let is_asked = answer["method"] == "elicitation/create"
                || answer["result"]["resultType"] == "input_required";
            assert_eq!(is_asked, asked, "{what}: {answer}");
            assert_eq!(answer["error"]["code"] == -32021, !asked, "{what}: {answer}");
        }
    }
}

#[tokio::test]
async fn older_clients_are_asked_on_their_session() {
    let (guarded, deleted) = tools();
    let mut client = Client::new(&guarded, "ada", false, can_ask()).await;
    for (answer, yes) in [(agreed(), true), (json!({ "action": "decline" }), false)] {
        client.call("delete", json!({ "title": "a" }), json!({})).await;
        let question = client.receive().await;
        assert_eq!(question["method"], "elicitation/create");
        assert_eq!(question["params"]["message"], "Delete “a”?");
        let before = deleted.get();
        client.send(json!({ "jsonrpc": "2.0", "id": question["id"], "result": answer })).await;
        let done = client.receive().await;
        assert_eq!(done["result"]["isError"], !yes, "{done}");
        assert_eq!(deleted.get() - before, u32::from(yes));
    }
    client.call("delete", json!({ "title": "a" }), json!({})).await;
    let question = client.receive().await;
    let error = json!({ "code": -32000, "message": CANARY });
    client.send(json!({ "jsonrpc": "2.0", "id": question["id"], "error": error })).await;
    let answer = client.receive().await;
    assert_eq!(
        answer["result"]["content"][0]["text"],
        "The person did not answer. Call again to ask again."
    );
    assert_eq!(deleted.get(), 1);
    let records = guarded.records().await;
    assert_eq!(records[2].cause.as_deref(), Some("the client answered with the error -32000"));
    assert!(!format!("{records:?}").contains(CANARY), "{records:?}");
}

#[tokio::test]
async fn questions_at_once_and_one_after_the_other_are_answered() {
    let (guarded, _) = tools();
    let mut client = Client::new(&guarded, "ada", true, can_ask()).await;
    let named = |name: &str| json!({ "action": "accept", "content": { "name": name } });
    let asks = client.answered("greet", json!({}), json!({})).await;
    let wanted = asks["result"]["inputRequests"].as_object().unwrap();
    assert_eq!(wanted.keys().collect::<Vec<_>>(), ["first", "last"]);
    // One is missing: it alone is asked for again.
    let round = next(&asks, json!({ "first": named("Ada"), "more": named("ignored") }));
    let asks = client.answered("greet", json!({}), round).await;
    let wanted = asks["result"]["inputRequests"].as_object().unwrap();
    assert_eq!(wanted.keys().collect::<Vec<_>>(), ["last"]);
    let asks =
        client.answered("greet", json!({}), next(&asks, json!({ "last": named("L") }))).await;
    let round = next(&asks, json!({ "nick": named("A") }));
    let done = client.answered("greet", json!({}), round).await;
    assert_eq!(done["result"]["content"][0]["text"], "Ada L A");
}

#[tokio::test]
async fn progress_is_told_to_who_asked_for_it() {
    let (guarded, _) = tools();
    for modern in [true, false] {
        let mut client = Client::new(&guarded, "ada", modern, json!({})).await;
        let done = client.answered("work", json!({}), json!({})).await;
        assert_eq!(done["result"]["isError"], false, "no word of progress: {done}");
        let token = json!({ "_meta": { "progressToken": 7 } });
        client.call("work", json!({}), token).await;
        let progress = client.receive().await;
        assert_eq!(progress["method"], "notifications/progress");
        let expected = json!({
            "progressToken": 7, "progress": 1.0, "total": 2.0, "message": "half",
        });
        assert_eq!(progress["params"], expected);
        assert_eq!(client.receive().await["result"]["isError"], false);
    }
    let result = guarded.call(&somebody("ada"), "work", json!({})).await;
    assert_eq!(code(&result), None);
}
