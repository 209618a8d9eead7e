//! Sessions of the revision 2025-11-25: unguessable, their owner's alone, few, and ended when idle.

#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use std::time::Duration;

use reqwest::{Client, Method, RequestBuilder, Response, StatusCode};
use secrecy::ExposeSecret;
use secure_tool_runtime::prelude::*;
use secure_tool_runtime::server::Sessions;
use serde_json::{Value, json};
use support::guarded::Runs;
use support::{bounded, call, eventually, request};
use tokio_util::sync::CancellationToken;

const SESSION: &str = "mcp-session-id";

#[derive(Clone, Default)]
struct Tools {
    deleted: Runs,
}

#[secure_tools]
impl Tools {
    /// Delete everything.
    #[secure_tool(public = "test", effect = read, confirm = "Delete everything?")]
    async fn delete(&self) -> bool {
        self.deleted.count();
        true
    }

    /// Delete one thing at a time.
    #[secure_tool(public = "test", effect = read, concurrency = 1, confirm = "Delete it?")]
    async fn delete_one(&self) -> bool {
        self.deleted.count();
        true
    }
}

struct Server2025 {
    url: String,
    tokens: Vec<(String, String)>,
    client: Client,
    deleted: Runs,
    _stop: tokio_util::sync::DropGuard,
}

impl Server2025 {
    async fn start(sessions: Sessions) -> Self {
        Self::start_with(|server| server.sessions(sessions)).await
    }

    async fn start_with(options: impl FnOnce(Server<Callers>) -> Server<Callers>) -> Self {
        let tools = Tools::default();
        let deleted = tools.deleted.clone();
        let users = DevelopmentUsers::new().user("ada", &[], &[]).user("bob", &[], &[]);
        let server = options(Server::new(tools).callers(users));
        let server = server.bind_http("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let url = server.url();
        let token = |(user, token): (&str, &SecretString)| {
            (user.to_owned(), token.expose_secret().to_owned())
        };
        let tokens = server.tokens().map(token).collect();
        let stop = CancellationToken::new();
        tokio::spawn(server.run(stop.clone()));
        let client = Client::builder().no_proxy().build().unwrap();
        Server2025 { url, tokens, client, deleted, _stop: stop.drop_guard() }
    }

    fn as_user(&self, method: Method, user: &str, session: Option<&str>) -> RequestBuilder {
        let (_, token) = self.tokens.iter().find(|(name, _)| name == user).unwrap();
        let request = self.client.request(method, &self.url).bearer_auth(token);
        let request = request
            .header("accept", "application/json, text/event-stream")
            .header("mcp-protocol-version", "2025-11-25");
        match session {
            Some(session) => request.header(SESSION, session),
            None => request,
        }
    }

    async fn post(&self, user: &str, session: Option<&str>, message: &Value) -> Response {
        let request = self.as_user(Method::POST, user, session);
        let request = request.header("content-type", "application/json").body(message.to_string());
        bounded("an answer", request.send()).await.unwrap()
    }

    async fn try_open(&self, user: &str) -> Response {
        let params = json!({
            "protocolVersion": "2025-11-25", "capabilities": { "elicitation": {} },
            "clientInfo": { "name": "test", "version": "0" },
        });
        self.post(user, None, &request(1, "initialize", params)).await
    }

    async fn open(&self, user: &str) -> String {
        let response = self.try_open(user).await;
        assert_eq!(response.status(), StatusCode::OK);
        let id = response.headers()[SESSION].to_str().unwrap().to_owned();
        let begun = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" });
        assert_eq!(self.post(user, Some(&id), &begun).await.status(), StatusCode::ACCEPTED);
        id
    }
}

/// The next message in a stream of events.
async fn next(response: &mut Response, buffer: &mut String) -> Value {
    loop {
        if let Some((event, rest)) = buffer.split_once("\n\n") {
            let data = event.lines().find_map(|line| line.strip_prefix("data:"));
            let message = data.and_then(|data| serde_json::from_str(data.trim()).ok());
            *buffer = rest.to_owned();
            match message {
                Some(message) => return message,
                // A comment, or an event without data to resume from.
                None => continue,
            }
        }
        let chunk = bounded("an event", response.chunk()).await.unwrap().expect("more events");
        buffer.push_str(std::str::from_utf8(&chunk).unwrap());
    }
}

#[tokio::test]
async fn a_tool_asks_in_the_session_of_its_caller() {
    let server = Server2025::start(Sessions::default()).await;
    let id = server.open("ada").await;
    for (answer, deleted) in [
        (json!({ "action": "decline" }), 0),
        (json!({ "action": "accept", "content": { "confirm": true } }), 1),
    ] {
        let mut stream = server.post("ada", Some(&id), &call(2, "delete", json!({}))).await;
        let mut buffer = String::new();
        let question = next(&mut stream, &mut buffer).await;
        assert_eq!(question["method"], "elicitation/create", "{question}");
        assert_eq!(question["params"]["message"], "Delete everything?");
        let answer = json!({ "jsonrpc": "2.0", "id": question["id"], "result": answer });
        // Nobody else can answer for her.
        let forged = server.post("bob", Some(&id), &answer).await;
        assert_eq!(forged.status(), StatusCode::NOT_FOUND);
        let taken = server.post("ada", Some(&id), &answer).await;
        assert_eq!(taken.status(), StatusCode::ACCEPTED);
        let result = next(&mut stream, &mut buffer).await;
        assert_eq!(result["result"]["isError"], deleted == 0, "{result}");
        assert_eq!(server.deleted.get(), deleted);
    }
}

#[tokio::test]
async fn who_does_not_answer_keeps_a_tool_busy_for_nobody() {
    let server = Server2025::start(Sessions::default()).await;
    let (ada, bob) = (server.open("ada").await, server.open("bob").await);
    let mut asked = Vec::new();
    for id in 2..5 {
        let mut stream = server.post("ada", Some(&ada), &call(id, "delete_one", json!({}))).await;
        let question = next(&mut stream, &mut String::new()).await;
        assert_eq!(question["method"], "elicitation/create", "{question}");
        asked.push(stream);
    }
    let mut stream = server.post("bob", Some(&bob), &call(2, "delete_one", json!({}))).await;
    let mut buffer = String::new();
    let question = next(&mut stream, &mut buffer).await;
    let yes = json!({ "action": "accept", "content": { "confirm": true } });
    let answer = json!({ "jsonrpc": "2.0", "id": question["id"], "result": yes });
    server.post("bob", Some(&bob), &answer).await;
    let result = next(&mut stream, &mut buffer).await;
    assert_eq!(result["result"]["isError"], false, "{result}");
    assert_eq!(server.deleted.get(), 1);
}

#[tokio::test]
async fn nobody_is_asked_outside_of_a_session() {
    // Whatever a request says that its client can do, and whether or not the server has sessions.
    let with = Server2025::start(Sessions::default()).await;
    let without = Server2025::start_with(|server| server).await;
    for server in [with, without] {
        let mut message = call(2, "delete", json!({}));
        message["params"]["_meta"] = json!({
            "io.modelcontextprotocol/clientCapabilities": { "elicitation": {} },
            "io.modelcontextprotocol/protocolVersion": "2025-11-25",
            "io.modelcontextprotocol/clientInfo": { "name": "test", "version": "0" },
        });
        let answer = server.post("ada", None, &message).await;
        let text = answer.text().await.unwrap();
        assert!(!text.contains("elicitation/create"), "{text}");
        assert_eq!(server.deleted.get(), 0);
    }
}

#[tokio::test]
async fn a_request_has_an_id_of_its_own_until_it_has_its_answer() {
    let server = Server2025::start(Sessions::default()).await;
    let session = server.open("ada").await;
    let delete = call(2, "delete", json!({}));
    let mut stream = server.post("ada", Some(&session), &delete).await;
    let mut buffer = String::new();
    let question = next(&mut stream, &mut buffer).await;
    for again in [&delete, &request(2, "ping", json!({}))] {
        let refused = server.post("ada", Some(&session), again).await;
        assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    }
    let ping = request(3, "ping", json!({}));
    for _ in 0..3 {
        let mut answer = server.post("ada", Some(&session), &ping).await;
        assert!(next(&mut answer, &mut String::new()).await["result"].is_object());
    }
    let no = json!({ "jsonrpc": "2.0", "id": question["id"], "result": { "action": "decline" } });
    server.post("ada", Some(&session), &no).await;
    next(&mut stream, &mut buffer).await;
    let again = server.post("ada", Some(&session), &delete).await;
    assert_eq!(again.status(), StatusCode::OK);
    // A call that is withdrawn is open no more.
    let cancelled = json!({ "jsonrpc": "2.0", "method": "notifications/cancelled", "params": { "requestId": 2 } });
    server.post("ada", Some(&session), &cancelled).await;
    let again = server.post("ada", Some(&session), &delete).await;
    assert_eq!(again.status(), StatusCode::OK);
}

#[tokio::test]
async fn what_is_somebody_elses_does_not_exist() {
    let server = Server2025::start(Sessions::default()).await;
    let (ada, other) = (server.open("ada").await, server.open("ada").await);
    assert_eq!(ada.len(), 64, "256 bits");
    assert!(ada.bytes().all(|byte| byte.is_ascii_hexdigit()) && ada != other);
    let ping = request(3, "ping", json!({}));
    let mut answers = Vec::new();
    for id in [ada.as_str(), &"0".repeat(64), "", "../x"] {
        for method in [Method::POST, Method::GET, Method::DELETE] {
            let request = server.as_user(method.clone(), "bob", Some(id));
            let request = match method {
                Method::POST => {
                    request.header("content-type", "application/json").body(ping.to_string())
                }
                _ => request,
            };
            let response = bounded("an answer", request.send()).await.unwrap();
            let done = response.status().is_client_error() || method == Method::DELETE;
            assert!(done, "{method} {id}: {}", response.status());
            answers.push((method, response.status(), response.text().await.unwrap()));
        }
    }
    for n in 0..3 {
        assert_eq!(answers[n], answers[n + 3], "one that is not his is one that there is not");
    }
    // And it is still hers.
    assert_eq!(server.post("ada", Some(&ada), &ping).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_principal_has_few_and_gives_them_back() {
    let sessions = Sessions::default().per_principal(2).in_total(3);
    let server = Server2025::start(sessions).await;
    let (first, _second) = (server.open("ada").await, server.open("ada").await);
    let refused = server.try_open("ada").await;
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    assert!(refused.headers().get(SESSION).is_none());
    let _bobs = server.open("bob").await;
    assert_eq!(server.try_open("bob").await.status(), StatusCode::TOO_MANY_REQUESTS, "in total");
    let end = server.as_user(Method::DELETE, "ada", Some(&first)).send().await.unwrap();
    assert!(end.status().is_success(), "{}", end.status());
    let ping = request(3, "ping", json!({}));
    let gone = server.post("ada", Some(&first), &ping).await;
    assert_eq!(gone.status(), StatusCode::NOT_FOUND);
    server.open("bob").await;
}

#[tokio::test]
async fn an_idle_one_ends() {
    let sessions = Sessions::default().per_principal(1).idle(Duration::from_millis(100));
    let server = Server2025::start(sessions).await;
    let first = server.open("ada").await;
    let mut opened = None;
    while opened.is_none() {
        let response = server.try_open("ada").await;
        opened = response.status().is_success().then_some(response);
        eventually("a moment", || Some(())).await;
    }
    let ping = request(3, "ping", json!({}));
    let gone = server.post("ada", Some(&first), &ping).await;
    assert_eq!(gone.status(), StatusCode::NOT_FOUND);
}
