//! Calls that go to the guards without rmcp's service are answered and recorded as those that pass it: a server
//! whose tools are inside a handler of its own serves all calls through it.

#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use std::time::Duration;

use reqwest::header::{CONTENT_LENGTH, CONTENT_TYPE, DATE, HeaderMap};
use reqwest::{Client, StatusCode};
use rmcp::handler::server::ServerHandler;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CustomRequest, CustomResult, ErrorData,
    ListToolsResult, PaginatedRequestParams, ServerConfig, Tool,
};
use rmcp::service::{RequestContext, RoleServer};
use secrecy::ExposeSecret;
use secure_tool_runtime::GuardedTools;
use secure_tool_runtime::audit::{Audit, MemoryLog};
use secure_tool_runtime::prelude::*;
use secure_tool_runtime::server::HttpLimits;
use serde_json::{Value, json};
use support::guarded::Runs;
use support::{CANARY, bounded, modern_meta};
use tokio_util::sync::CancellationToken;

/// A sum.
#[secure_output]
struct Sum {
    /// What it comes to.
    sum: u32,
}

/// Shows what nobody else should see.
struct Broken;

impl std::fmt::Debug for Broken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(CANARY)
    }
}

#[derive(Clone, Default)]
struct Tools {
    waiting: Runs,
}

#[secure_tools]
impl Tools {
    /// Add.
    #[secure_tool(public = "test", effect = read, rate = "1000/s")]
    async fn add(
        &self,
        /// One.
        #[validate(range(min = 0, max = 9))]
        a: u32,
        /// Another.
        #[validate(range(min = 0, max = 9))]
        b: Option<u32>,
    ) -> Sum {
        Sum { sum: a + b.unwrap_or_default() }
    }

    /// Say something.
    #[secure_tool(public = "test", effect = read)]
    async fn hello(&self, caller: &Caller) -> String {
        format!("hello, {}", caller.subject())
    }

    /// List what is no object.
    #[secure_tool(public = "test", effect = read)]
    async fn numbers(&self) -> Vec<u32> {
        vec![1, 2, 3]
    }

    /// Come to nothing.
    #[secure_tool(public = "test", effect = read)]
    async fn nothing(&self) {}

    /// Break.
    #[secure_tool(public = "test", effect = read)]
    async fn breaks(&self) -> Result<String, Broken> {
        Err(Broken)
    }

    /// Panic.
    #[secure_tool(public = "test", effect = read)]
    async fn panics(&self) -> String {
        std::panic::resume_unwind(Box::new(CANARY))
    }

    /// Take too long.
    #[secure_tool(public = "test", effect = read, timeout = "50ms")]
    async fn sleeps(&self) {
        std::future::pending().await
    }

    /// Wait for ever.
    #[secure_tool(public = "test", effect = read, timeout = "1h")]
    async fn waits(&self) {
        self.waiting.count();
        std::future::pending().await
    }

    /// Be called once.
    #[secure_tool(public = "test", effect = read, rate = "1/h", burst = 1)]
    async fn once(&self) {}

    /// Need a scope.
    #[secure_tool(scope = "notes:none", effect = read)]
    async fn scoped(&self) {}

    /// Need a decision.
    #[secure_tool(policy = Tools::odd, effect = read)]
    async fn decided(
        &self,
        /// Odd.
        number: u8,
    ) -> u8 {
        number
    }

    /// Need a decision by somebody who could talk.
    #[secure_tool(policy = Tools::silent, effect = read)]
    async fn decided_in_silence(&self) {}

    /// Need consent.
    #[secure_tool(public = "test", effect = read, confirm = "Go on with {number}?")]
    async fn confirmed(
        &self,
        /// Whatever.
        number: u8,
    ) -> u8 {
        number
    }

    /// Say in which task it runs.
    #[secure_tool(public = "test", effect = read, rate = "1000/s")]
    async fn task(&self) -> String {
        format!("{:?}", tokio::task::try_id())
    }

    /// Say the same, with a way to talk to the client.
    #[secure_tool(public = "test", effect = read, rate = "1000/s")]
    async fn task_that_talks(&self, context: &Context) -> String {
        assert!(context.client().is_some());
        format!("{:?}", tokio::task::try_id())
    }
}

impl Tools {
    /// A policy hears nothing of the client, whichever way the call has come.
    async fn silent(context: &Context, _: &DecidedInSilenceInput) -> Decision {
        Decision::allow_if(context.client().is_none())
    }

    async fn odd(_: &Caller, input: &DecidedInput) -> Decision {
        Decision::allow_if(input.number % 2 == 1)
    }
}

/// A handler as authors write it around their tools.
struct Around(GuardedTools);

impl ServerHandler for Around {
    fn get_info(&self) -> ServerConfig {
        self.0.get_info()
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let parts = context.extensions.get::<http::request::Parts>().unwrap();
        assert!(!parts.headers.contains_key("authorization"), "nobody needs the token any more");
        self.0.call_tool(request, context).await
    }

    async fn list_tools(
        &self,
        request: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        self.0.list_tools(request, context).await
    }

    fn get_tool(&self, name: &str) -> Option<Tool> {
        self.0.get_tool(name)
    }

    async fn on_custom_request(
        &self,
        request: CustomRequest,
        context: RequestContext<RoleServer>,
    ) -> Result<CustomResult, ErrorData> {
        self.0.on_custom_request(request, context).await
    }
}

struct Running {
    url: String,
    token: String,
    client: Client,
    audit: Audit,
    log: MemoryLog,
    waiting: Runs,
    stop: CancellationToken,
}

/// What was answered, without what is another at each call.
#[derive(Debug, PartialEq)]
struct Answer {
    status: StatusCode,
    headers: Vec<(String, String)>,
    body: String,
}

impl Running {
    async fn direct() -> Self {
        Self::start(|server| server).await
    }

    async fn around() -> Self {
        Self::start(|server| server.handler(Around)).await
    }

    async fn start<H: ServerHandler>(
        wrap: impl FnOnce(Server<Callers>) -> Server<Callers, H>,
    ) -> Self {
        let (audit, log) = Audit::memory(10_000);
        let users = DevelopmentUsers::new().user("ada", &[], &[]);
        let tools = Tools::default();
        let waiting = tools.waiting.clone();
        let mut limits = HttpLimits::default();
        limits.drain_time = Duration::from_millis(20);
        let server = Server::new(tools).audit(audit.clone()).http_limits(limits).callers(users);
        let server = wrap(server);
        let server = server.bind_http(([127, 0, 0, 1], 0).into()).await.unwrap();
        let url = server.url();
        let token = server.tokens().next().unwrap().1.expose_secret().to_owned();
        let stop = CancellationToken::new();
        tokio::spawn(server.run(stop.clone()));
        let client = Client::builder().no_proxy().build().unwrap();
        Running { url, token, client, audit, log, waiting, stop }
    }

    async fn post(&self, headers: &[(&str, &str)], body: impl Into<Vec<u8>>) -> Answer {
        let mut request = self.client.post(&self.url).bearer_auth(&self.token);
        if !headers.iter().any(|(name, _)| *name == "content-type") {
            request = request.header(CONTENT_TYPE, "application/json");
        }
        if !headers.iter().any(|(name, _)| *name == "accept") {
            request = request.header("accept", "application/json, text/event-stream");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = bounded("an answer", request.body(body.into()).send()).await.unwrap();
        let (status, headers) = (response.status(), shown(response.headers()));
        let body = response.text().await.unwrap();
        Answer { status, headers, body }
    }

    async fn call(&self, modern: bool, tool: &str, params: &Value) -> Answer {
        let (headers, body) = request(modern, tool, params.clone());
        self.post(&headers, body).await
    }

    /// The records so far, without what is another at each call.
    async fn records(&self) -> Vec<String> {
        self.audit.flush().await.unwrap();
        let records = self.log.records().into_iter();
        let shown = |record: secure_tool_runtime::audit::Record| {
            format!(
                "{} {} {:?} {} {:?} {}",
                record.tool,
                record.caller,
                record.outcome,
                record.reason,
                record.cause,
                record.arguments
            )
        };
        records.map(shown).collect()
    }
}

/// All but the time and the length, which follow from others.
fn shown(headers: &HeaderMap) -> Vec<(String, String)> {
    let kept = headers.iter().filter(|(name, _)| **name != DATE && **name != CONTENT_LENGTH);
    let shown = kept.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
    let mut shown: Vec<_> = shown.collect();
    shown.sort();
    shown
}

/// A call with everything that belongs to it.
fn request(modern: bool, tool: &str, mut params: Value) -> (Vec<(&str, &str)>, String) {
    params["name"] = tool.into();
    let mut headers = vec![("mcp-protocol-version", "2025-11-25")];
    if modern {
        headers = vec![
            ("mcp-protocol-version", "2026-07-28"),
            ("mcp-method", "tools/call"),
            ("mcp-name", tool),
        ];
        let mut meta = modern_meta();
        if let Some(more) = params["_meta"].as_object() {
            meta.as_object_mut().unwrap().extend(more.clone());
        }
        params["_meta"] = meta;
    }
    (headers, support::request(7, "tools/call", params).to_string())
}

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
