//! The stage *authorized*: scope, role, policy and public. All clauses have to allow, an error in
//! one of them refuses, and what is refused does not run.

#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use std::fmt;

use rmcp::ServiceExt;
use rmcp::model::CacheScope;
use rmcp::service::ServiceError;
use secure_tool_runtime::audit::Outcome;
use secure_tool_runtime::prelude::*;
use secure_tool_runtime::{Caller, ToolSet};
use serde_json::json;
use support::guarded::{Guarded, Runs, guard, params, somebody};
use support::{CANARY, bounded, code, refusal, text};

struct Doors {
    runs: Runs,
    asked: Runs,
}

#[secure_tools]
impl Doors {
    /// For anybody.
    #[secure_tool(public = "nothing to hide", effect = read)]
    async fn open(&self) {
        self.runs.count();
    }

    /// For a scope.
    #[secure_tool(scope = "a:read", effect = read)]
    async fn scope(&self) {
        self.runs.count();
    }

    /// For two scopes.
    #[secure_tool(scope = ["a:read", "a:write"], effect = read)]
    async fn scopes(&self) {
        self.runs.count();
    }

    /// For a role.
    #[secure_tool(role = "admin", effect = read)]
    async fn role(&self) {
        self.runs.count();
    }

    /// For a scope, a role and a policy.
    #[secure_tool(scope = "a:read", role = "admin", policy = Self::even, effect = read)]
    async fn all(
        &self,
        /// An even number.
        number: u8,
    ) {
        assert_eq!(number % 2, 0);
        self.runs.count();
    }

    /// For a policy that is a function.
    #[secure_tool(policy = only_ada, effect = read)]
    async fn function(&self) {
        self.runs.count();
    }

    /// For a policy that fails.
    #[secure_tool(policy = fails, effect = read)]
    async fn failing(&self) {
        self.runs.count();
    }

    /// For a policy that panics.
    #[secure_tool(policy = panics, effect = read)]
    async fn panicking(&self) {
        self.runs.count();
    }

    /// For a policy that panics after a while.
    #[secure_tool(policy = panics_later, effect = read)]
    async fn panicking_later(&self) {
        self.runs.count();
    }

    /// For a policy that never decides.
    #[secure_tool(policy = hangs, effect = read, timeout = "50ms")]
    async fn hanging(&self) {
        self.runs.count();
    }

    async fn even(&self, caller: &Caller, input: &AllInput) -> Decision {
        assert!(caller.has_role("admin"), "asked after the role");
        self.asked.count();
        Decision::allow_if(input.number.is_multiple_of(2))
    }
}

async fn only_ada(caller: &Caller, _: &FunctionInput) -> Decision {
    Decision::allow_if(caller.subject().as_str() == "ada")
}

/// An error whose text must stay inside.
#[derive(Debug)]
struct Broken;

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(CANARY)
    }
}

async fn fails(_: &Caller, _: &FailingInput) -> Result<Decision, Broken> {
    Err(Broken)
}

async fn panics(_: &Caller, _: &PanickingInput) -> Decision {
    panic!("{CANARY}")
}

async fn panics_later(_: &Caller, _: &PanickingLaterInput) -> Decision {
    tokio::task::yield_now().await;
    panic!("{CANARY}")
}

async fn hangs(_: &Caller, _: &HangingInput) -> Decision {
    std::future::pending().await
}

struct Scene {
    guarded: Guarded,
    runs: Runs,
    asked: Runs,
}

fn scene() -> Scene {
    let (runs, asked) = (Runs::default(), Runs::default());
    let doors = Doors { runs: runs.clone(), asked: asked.clone() };
    Scene { guarded: guard(doors), runs, asked }
}

fn caller(scopes: &[&str], roles: &[&str]) -> Caller {
    let caller = somebody("eve").with_scopes(scopes.iter().copied()).unwrap();
    caller.with_roles(roles.iter().copied()).unwrap()
}

impl Scene {
    async fn serves(&self, caller: &Caller, tool: &str, arguments: serde_json::Value) {
        let before = self.runs.get();
        let result = self.guarded.call(caller, tool, arguments).await;
        assert_eq!(code(&result), None, "{tool}: {result:?}");
        assert_eq!(self.runs.get(), before + 1, "{tool}");
    }

    /// Asserts a refusal, that nothing ran, and what is recorded; returns the sentence.
    async fn refuses(
        &self,
        caller: &Caller,
        tool: &str,
        arguments: serde_json::Value,
        reason: &str,
    ) -> String {
        let before = self.runs.get();
        let call = self.guarded.call(caller, tool, arguments);
        let result = bounded(tool, call).await;
        assert_eq!(code(&result).as_deref(), Some(reason), "{tool}: {result:?}");
        assert_eq!(self.runs.get(), before, "{tool} ran");
        let record = self.guarded.records().await.pop().unwrap();
        assert_eq!((record.tool, record.reason), (tool, reason));
        assert_ne!(record.outcome, Outcome::Served);
        assert_eq!(refusal(&result).unwrap()["reference"], record.reference.to_string());
        text(&result).to_owned()
    }
}

#[tokio::test]
async fn public_tools_are_for_anybody() {
    scene().serves(&caller(&[], &[]), "open", json!({})).await;
}

#[tokio::test]
async fn a_scope_is_needed() {
    let scene = scene();
    for scopes in [&["a:read"][..], &["b", "a:*"]] {
        scene.serves(&caller(scopes, &[]), "scope", json!({})).await;
    }
    for scopes in [&[][..], &["a:write"], &["a"], &["a:read:all"], &["A:READ"], &["b:*"], &["*"]] {
        let text =
            scene.refuses(&caller(scopes, &["a:read"]), "scope", json!({}), "forbidden").await;
        assert_eq!(text, "You need the scope `a:read` for this.");
    }
}

#[tokio::test]
async fn all_scopes_are_needed_and_told_at_once() {
    let scene = scene();
    scene.serves(&caller(&["a:read", "a:write", "b"], &[]), "scopes", json!({})).await;
    for scopes in [&[][..], &["a:read"], &["a:write"]] {
        let text = scene.refuses(&caller(scopes, &[]), "scopes", json!({}), "forbidden").await;
        assert_eq!(text, "You need the scope `a:read`, `a:write` for this.");
    }
}

#[tokio::test]
async fn a_role_is_needed() {
    let scene = scene();
    scene.serves(&caller(&[], &["admin"]), "role", json!({})).await;
    for roles in [&[][..], &["user"], &["administrator"], &["Admin"]] {
        let text = scene.refuses(&caller(&["admin"], roles), "role", json!({}), "forbidden").await;
        assert_eq!(text, "You need the role `admin` for this.");
    }
}

#[tokio::test]
async fn all_clauses_have_to_allow() {
    let scene = scene();
    let may = caller(&["a:read"], &["admin"]);
    let (even, odd) = (json!({ "number": 2 }), json!({ "number": 3 }));
    scene.serves(&may, "all", even.clone()).await;
    assert_eq!(scene.asked.get(), 1);
    for caller in [caller(&["a:read"], &[]), caller(&[], &["admin"]), caller(&[], &[])] {
        let text = scene.refuses(&caller, "all", even.clone(), "forbidden").await;
        assert_eq!(text, "You need the scope `a:read` and the role `admin` for this.");
    }
    assert_eq!(scene.asked.get(), 1, "the policy is not asked about those who may not call");
    let text = scene.refuses(&may, "all", odd, "denied").await;
    assert_eq!(text, "You may not do this with these arguments.");
    assert_eq!(scene.asked.get(), 2);
}

#[tokio::test]
async fn strangers_learn_nothing_about_the_input() {
    let scene = scene();
    let refused =
        scene.refuses(&caller(&[], &[]), "all", json!({ "x": CANARY }), "forbidden").await;
    assert!(!refused.contains("number"), "{refused}");
    let may = caller(&["a:read"], &["admin"]);
    scene.refuses(&may, "all", json!({ "number": 300 }), "invalid_input").await;
    assert_eq!(scene.asked.get(), 0, "the policy sees valid input only");
}

#[tokio::test]
async fn a_policy_can_be_a_function() {
    let scene = scene();
    scene.serves(&somebody("ada"), "function", json!({})).await;
    scene.refuses(&somebody("bob"), "function", json!({}), "denied").await;
}

#[tokio::test]
async fn a_policy_that_fails_refuses() {
    let scene = scene();
    let text = scene.refuses(&somebody("ada"), "failing", json!({}), "internal").await;
    assert!(text.starts_with("The tool failed."), "{text}");
    let record = scene.guarded.record().await;
    assert_eq!(record.cause.as_deref(), Some("Broken"), "the log has the cause");
}

#[tokio::test]
async fn a_policy_that_panics_refuses() {
    let scene = scene();
    for tool in ["panicking", "panicking_later"] {
        let text = scene.refuses(&somebody("ada"), tool, json!({}), "panicked").await;
        assert!(!text.contains(CANARY), "{text}");
    }
    scene.serves(&somebody("ada"), "open", json!({})).await;
}

#[tokio::test]
async fn a_policy_that_never_decides_refuses() {
    let scene = scene();
    let text = scene.refuses(&somebody("ada"), "hanging", json!({}), "timed_out").await;
    assert!(text.contains("longer than 50 ms"), "{text}");
}

#[tokio::test]
async fn the_list_shows_what_may_be_called() {
    let scene = scene();
    let names = |caller: &Caller| -> Vec<String> {
        let list = scene.guarded.tools.list_for(caller);
        assert_eq!(list.cache_scope, Some(CacheScope::Private));
        list.tools.into_iter().map(|tool| tool.name.into_owned()).collect()
    };
    // What a policy decides cannot be known without the input.
    let everybody = ["failing", "function", "hanging", "open", "panicking", "panicking_later"];
    assert_eq!(names(&caller(&[], &[])), everybody);
    let mut reader = everybody.to_vec();
    reader.push("scope");
    assert_eq!(names(&caller(&["a:read"], &[])), reader);
    let all = names(&caller(&["a:read", "a:write"], &["admin"]));
    assert_eq!(all.len(), 10);
    assert!(all.is_sorted(), "{all:?}");
}

/// For anybody.
#[secure_tool(public = "nothing to hide", effect = read)]
async fn free() -> &'static str {
    "free"
}

#[tokio::test]
async fn a_list_that_is_the_same_for_everybody_may_be_shared() {
    let guarded = guard(tools![free]);
    let list = guarded.tools.list_for(&somebody("ada"));
    assert_eq!(list.cache_scope, Some(CacheScope::Public));
}

#[tokio::test]
async fn without_a_caller_there_is_neither_a_list_nor_a_call() {
    let runs = Runs::default();
    let doors = Doors { runs: runs.clone(), asked: Runs::default() };
    let guarded = guard(ToolSet::new(doors).and(tools![free]));
    // `for_local` was forgotten.
    let (server, client) = tokio::io::duplex(1 << 16);
    let tools = guarded.tools.clone();
    let serving = tokio::spawn(async move { tools.serve(server).await.unwrap().waiting().await });
    let client = bounded("the handshake", ().serve(client)).await.unwrap();

    let error = bounded("the list", client.list_tools(None)).await.unwrap_err();
    assert!(matches!(error, ServiceError::McpError(_)), "{error:?}");
    for tool in ["open", "scope", "free"] {
        let result = bounded(tool, client.call_tool(params(tool, json!({})))).await.unwrap();
        assert_eq!(code(&result).as_deref(), Some("unknown_caller"), "{result:?}");
    }
    assert_eq!(runs.get(), 0);
    client.cancel().await.unwrap();
    bounded("the server", serving).await.unwrap().unwrap();
    let records = guarded.records().await;
    assert_eq!(records.len(), 3);
    assert!(records.iter().all(|record| &*record.caller == "-"), "{records:?}");
}
