//! The stage *authorizer*: what a server decides about all its tools, beside their own clauses. All
//! have to allow, an error refuses, and what is refused does not run.

#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use std::sync::{Arc, Mutex};

use rmcp::model::CacheScope;
use secure_tool_runtime::audit::Outcome;
use secure_tool_runtime::authorizer::{Authorizer, Error, ToolCall, Verdict};
use secure_tool_runtime::policy::{Effect, Policy};
use secure_tool_runtime::prelude::*;
use serde_json::{Value, json};
use support::guarded::{Guarded, Runs, guard_with, somebody};
use support::{CANARY, bounded, code, text};

struct Doors {
    runs: Runs,
    policies: Runs,
}

impl Doors {
    async fn even(&self, _caller: &Caller, input: &DecidedInput) -> Decision {
        self.policies.count();
        Decision::allow_if(input.number.is_multiple_of(2))
    }
}

#[secure_tools]
impl Doors {
    /// For anybody.
    #[secure_tool(public = "test", effect = read)]
    async fn open(&self) {
        self.runs.count();
    }

    /// For a scope.
    #[secure_tool(scope = "test", effect = destructive)]
    async fn scoped(&self) {
        self.runs.count();
    }

    /// With input, and a policy of its own.
    #[secure_tool(policy = Self::even, effect = write)]
    async fn decided(
        &self,
        /// An even number.
        number: u8,
        /// Any text.
        #[validate(length(max = 50))]
        note: Option<String>,
    ) {
        let _ = (number, note);
        self.runs.count();
    }

    /// Hardly any time, and one call at a time.
    #[secure_tool(public = "test", effect = read, timeout = "50ms", concurrency = 1)]
    async fn brief(&self) {
        self.runs.count();
    }
}

/// Does as it is told, and remembers what it was asked.
#[derive(Default)]
struct Puppet {
    asked: Mutex<Vec<(String, Effect, Value)>>,
}

impl Puppet {
    fn asked(&self) -> Vec<(String, Effect, Value)> {
        self.asked.lock().unwrap().clone()
    }
}

impl Authorizer for Puppet {
    async fn authorize(&self, call: &ToolCall<'_>) -> Result<Verdict, Error> {
        let input = Value::Object(call.input().clone());
        self.asked.lock().unwrap().push((call.tool().to_owned(), call.policy().effect, input));
        match call.caller().subject().as_str() {
            "allowed" => Ok(Verdict::Allow),
            "denied" => Ok(Verdict::deny(format!("because {CANARY}"))),
            "undecided" => Err(format!("no answer: {CANARY}").into()),
            "panics" => panic!("{CANARY}"),
            _ => std::future::pending().await,
        }
    }

    fn may_list(&self, caller: &Caller, tool: &str, policy: &Policy) -> bool {
        assert_ne!(caller.subject().as_str(), "panics");
        tool != "brief" && policy.effect != Effect::Destructive
    }
}

struct House {
    guarded: Guarded,
    puppet: Arc<Puppet>,
    runs: Runs,
    policies: Runs,
}

fn house() -> House {
    let (runs, policies, puppet) = (Runs::default(), Runs::default(), Arc::<Puppet>::default());
    let doors = Doors { runs: runs.clone(), policies: policies.clone() };
    let guarded = guard_with(doors, |server| server.authorizer(Arc::clone(&puppet)));
    House { guarded, puppet, runs, policies }
}

#[tokio::test]
async fn it_sees_the_caller_the_tool_and_the_input() {
    let house = house();
    let input = json!({ "number": 4, "note": "n" });
    let result = house.guarded.call(&somebody("allowed"), "decided", input.clone()).await;
    assert_eq!(code(&result), None, "{result:?}");
    assert_eq!(house.puppet.asked(), [("decided".to_owned(), Effect::Write, input)]);
    assert_eq!((house.runs.get(), house.policies.get()), (1, 1));
}

#[tokio::test]
async fn a_denial_is_one_sentence_for_the_client_and_a_reason_for_the_log() {
    let house = house();
    let result = house.guarded.call(&somebody("denied"), "decided", json!({ "number": 4 })).await;
    assert_eq!(code(&result).as_deref(), Some("denied"));
    assert_eq!(text(&result), "You may not do this with these arguments.");
    assert_eq!((house.runs.get(), house.policies.get()), (0, 0), "nothing happened");
    let record = house.guarded.record().await;
    assert_eq!((record.outcome, record.reason), (Outcome::Refused, "denied"));
    assert_eq!(record.cause.as_deref(), Some(&*format!("because {CANARY}")));
}

#[tokio::test]
async fn the_policy_of_the_tool_has_to_allow_too() {
    let house = house();
    let result = house.guarded.call(&somebody("allowed"), "decided", json!({ "number": 5 })).await;
    assert_eq!(code(&result).as_deref(), Some("denied"));
    assert_eq!((house.runs.get(), house.policies.get()), (0, 1));
}

#[tokio::test]
async fn errors_and_panics_deny_and_tell_nothing() {
    let house = house();
    for (name, expected) in [("undecided", "internal"), ("panics", "panicked")] {
        let result = house.guarded.call(&somebody(name), "open", json!({})).await;
        assert_eq!(code(&result).as_deref(), Some(expected));
        assert!(!format!("{result:?}").contains(CANARY), "{result:?}");
    }
    assert_eq!(house.runs.get(), 0);
    let records = house.guarded.records().await;
    let cause = records[0].cause.as_deref().unwrap();
    assert_eq!(cause, format!("the authorizer failed: no answer: {CANARY}"));
}

#[tokio::test]
async fn it_has_the_time_of_the_tool_and_its_room() {
    let house = house();
    let slow = somebody("never-answered");
    let calls = [
        house.guarded.call(&slow, "brief", json!({})),
        house.guarded.call(&slow, "brief", json!({})),
    ];
    let results = bounded("the calls", futures_util::future::join_all(calls)).await;
    let codes = results.iter().map(|result| code(result).unwrap()).collect::<Vec<_>>();
    assert_eq!(codes, ["timed_out", "busy"]);
    assert_eq!(house.runs.get(), 0);
}

#[tokio::test]
async fn it_is_not_asked_about_what_is_refused_anyway() {
    let house = house();
    let allowed = somebody("allowed");
    for (tool, input) in [
        ("scoped", json!({})),
        ("decided", json!({ "number": 1000 })),
        ("decided", json!({ "number": 4, "other": 1 })),
    ] {
        assert!(code(&house.guarded.call(&allowed, tool, input).await).is_some());
    }
    house.guarded.try_call(&allowed, "no_such_tool", json!({})).await.unwrap_err();
    assert_eq!(house.puppet.asked(), []);
    assert_eq!(house.runs.get(), 0);
}

#[tokio::test]
async fn it_may_hide_tools_and_lists_are_private_then() {
    let house = house();
    let names = |caller: &Caller| {
        let list = house.guarded.tools.list_for(caller);
        assert_eq!(list.cache_scope, Some(CacheScope::Private));
        list.tools.into_iter().map(|tool| tool.name.into_owned()).collect::<Vec<_>>()
    };
    let caller = somebody("allowed").with_scopes(["test"]).unwrap();
    assert_eq!(names(&caller), ["decided", "open"]);
    assert_eq!(names(&somebody("panics")), [""; 0], "a panic shows nothing");
    // Hidden is not forbidden.
    let result = house.guarded.call(&caller, "brief", json!({})).await;
    assert_eq!(code(&result), None);
}
