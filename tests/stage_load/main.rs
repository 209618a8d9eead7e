//! The stage *load*: what a client names is in the handler's hands only if it is the caller's, and
//! nobody can tell somebody else's from what does not exist.

#![allow(clippy::unwrap_used, missing_docs)]

mod model;
#[path = "../support/mod.rs"]
mod support;

use std::sync::{Arc, Mutex};

use secure_tool_runtime::audit::Outcome;
use secure_tool_runtime::authorizer::{Authorizer, Error, ToolCall, Verdict};
use secure_tool_runtime::policy::Effect;
use secure_tool_runtime::prelude::*;
use serde_json::{Value, json};
use support::guarded::{Guarded, Runs, guard, guard_with, somebody};
use support::{CANARY, bounded, code, text};

/// What happened, in its order.
#[derive(Clone, Default)]
struct Steps(Arc<Mutex<Vec<String>>>);

impl Steps {
    fn add(&self, step: impl Into<String>) {
        self.0.lock().unwrap().push(step.into());
    }

    fn taken(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

#[derive(Clone, Default)]
struct Notes {
    steps: Steps,
    runs: Runs,
}

/// The number of a note.
#[secure_input]
struct NoteId(#[validate(range(min = 1, max = 1000))] i64);

struct Note {
    number: i64,
    owner: String,
}

impl OwnedResource for Note {
    type Id = NoteId;
    type Store = Notes;
    type Error = String;

    async fn find(wanted: Wanted<'_, Self>) -> Result<Option<Self>, String> {
        let number = wanted.id().0;
        wanted.store().steps.add(format!("find {number} for {}", wanted.caller().subject()));
        match number {
            1 | 2 => Ok(Some(Note { number, owner: "alice".into() })),
            3 => Ok(Some(Note { number, owner: "bob".into() })),
            500 => Err(format!("the disk says {CANARY}")),
            501 => panic!("{CANARY}"),
            502 => std::future::pending().await,
            _ => Ok(None),
        }
    }

    fn owner(&self) -> &str {
        &self.owner
    }

    /// The second note is shared, to be read.
    fn shared_with(&self, caller: &Caller, effect: Effect) -> bool {
        assert_ne!(caller.subject().as_str(), self.owner, "an owner needs no share");
        self.number == 2 && effect == Effect::Read
    }
}

type Alias = Owned<Note>;

#[secure_tools]
impl Notes {
    /// Read a note.
    #[secure_tool(public = "test", effect = read, timeout = "100ms")]
    async fn read(
        &self,
        /// Which.
        note: Owned<Note>,
    ) -> i64 {
        self.runs.count();
        note.number
    }

    /// Delete a note.
    #[secure_tool(policy = Self::odd, effect = destructive)]
    async fn delete(
        &self,
        /// Which, under another name.
        r#type: Alias,
    ) -> i64 {
        self.runs.count();
        r#type.into_inner().number
    }

    /// Compare two notes.
    #[secure_tool(public = "test", effect = read)]
    async fn compare(
        &self,
        /// One.
        one: Owned<Note>,
        /// Something that is no resource.
        words: Option<Text<0, 10>>,
        /// Another.
        other: Option<Owned<Note>>,
    ) -> bool {
        self.runs.count();
        let _ = words;
        other.is_some_and(|other| other.number == one.number)
    }

    async fn odd(&self, _caller: &Caller, input: &DeleteInput) -> Decision {
        self.steps.add(format!("policy {}", input.r#type.number));
        Decision::allow_if(input.r#type.number % 2 == 1)
    }
}

struct Free {
    owner: String,
}

impl OwnedResource for Free {
    type Id = bool;
    type Store = ();
    type Error = std::convert::Infallible;

    async fn find(wanted: Wanted<'_, Self>) -> Result<Option<Self>, Self::Error> {
        Ok(wanted.id().then(|| Free { owner: "alice".into() }))
    }

    fn owner(&self) -> &str {
        &self.owner
    }
}

/// Take something that needs no store.
#[secure_tool(public = "test", effect = read)]
async fn free(
    /// Whether there is one.
    it: Owned<Free>,
) -> String {
    it.into_inner().owner
}

/// Refuses one caller, and says when it was asked.
#[derive(Clone)]
struct Gate(Steps);

impl Authorizer for Gate {
    async fn authorize(&self, call: &ToolCall<'_>) -> Result<Verdict, Error> {
        self.0.add("authorizer");
        let denied = call.caller().subject().as_str() == "denied";
        Ok(if denied { Verdict::deny("test") } else { Verdict::Allow })
    }
}

fn notes() -> (Guarded, Steps, Runs) {
    let notes = Notes::default();
    let (steps, runs) = (notes.steps.clone(), notes.runs.clone());
    (guard(notes), steps, runs)
}

#[tokio::test]
async fn the_owner_gets_it_after_one_look() {
    let (guarded, steps, runs) = notes();
    let result = guarded.call(&somebody("alice"), "read", json!({ "note": 1 })).await;
    assert_eq!(text(&result), "1");
    assert_eq!((steps.taken(), runs.get()), (vec!["find 1 for alice".to_owned()], 1));
}

#[tokio::test]
async fn what_is_not_yours_looks_like_what_does_not_exist() {
    let (guarded, _, runs) = notes();
    let mut answers = Vec::new();
    for note in [3, 4] {
        let mut result = guarded.call(&somebody("alice"), "read", json!({ "note": note })).await;
        assert_eq!(code(&result).as_deref(), Some("no_such_resource"));
        // All but the reference, which each call has of its own.
        let meta = result.meta.as_mut().unwrap().get_mut(secure_tool_runtime::REFUSAL_KEY);
        meta.unwrap().as_object_mut().unwrap().remove("reference").unwrap();
        answers.push(serde_json::to_value(&result).unwrap());
    }
    assert_eq!(answers[0], answers[1]);
    assert_eq!(
        answers[0]["content"][0]["text"],
        "`note`: there is no such thing, or it is not yours."
    );
    assert_eq!(runs.get(), 0);
    let records = guarded.records().await;
    let causes: Vec<_> = records.iter().map(|record| record.cause.as_deref()).collect();
    assert_eq!(causes, [Some("it belongs to somebody else"), None]);
    assert!(records.iter().all(|record| record.outcome == Outcome::Refused));
}

#[tokio::test]
async fn what_is_shared_is_shared_for_that_effect() {
    let (guarded, _, runs) = notes();
    let bob = somebody("bob");
    let read = guarded.call(&bob, "read", json!({ "note": 2 })).await;
    assert_eq!(code(&read), None);
    let delete = guarded.call(&bob, "delete", json!({ "type": 2 })).await;
    assert_eq!(code(&delete).as_deref(), Some("no_such_resource"));
    // As the wire has it.
    assert_eq!(text(&delete), "`type`: there is no such thing, or it is not yours.");
    assert_eq!(runs.get(), 1);
}

#[tokio::test]
async fn the_policy_sees_what_was_loaded() {
    let (guarded, steps, runs) = notes();
    let alice = somebody("alice");
    let fine = guarded.call(&alice, "delete", json!({ "type": 1 })).await;
    assert_eq!(code(&fine), None);
    let denied = guarded.call(&alice, "delete", json!({ "type": 2 })).await;
    assert_eq!(code(&denied).as_deref(), Some("denied"));
    let foreign = guarded.call(&alice, "delete", json!({ "type": 3 })).await;
    assert_eq!(code(&foreign).as_deref(), Some("no_such_resource"));
    let expected =
        ["find 1 for alice", "policy 1", "find 2 for alice", "policy 2", "find 3 for alice"];
    assert_eq!(steps.taken(), expected);
    assert_eq!(runs.get(), 1);
}

#[tokio::test]
async fn each_is_loaded_in_turn_and_one_that_is_not_yours_ends_the_call() {
    let (guarded, steps, runs) = notes();
    let alice = somebody("alice");
    let call = |input: Value| guarded.call(&alice, "compare", input);
    assert_eq!(text(&call(json!({ "one": 1, "other": 1, "words": "w" })).await), "true");
    assert_eq!(text(&call(json!({ "one": 1 })).await), "false");
    assert_eq!(text(&call(json!({ "one": 1, "other": null })).await), "false");
    steps.taken();
    let second = call(json!({ "one": 1, "other": 3 })).await;
    assert_eq!(text(&second), "`other`: there is no such thing, or it is not yours.");
    assert_eq!(steps.taken(), ["find 1 for alice", "find 3 for alice"]);
    let first = call(json!({ "one": 3, "other": 1 })).await;
    assert_eq!(text(&first), "`one`: there is no such thing, or it is not yours.");
    assert_eq!(steps.taken(), ["find 3 for alice"]);
    assert_eq!(runs.get(), 3);
}

#[tokio::test]
async fn nothing_is_loaded_for_input_out_of_bounds_or_for_whom_the_server_refuses() {
    let notes = Notes::default();
    let (steps, runs) = (notes.steps.clone(), notes.runs.clone());
    let guarded = guard_with(notes, |server| server.authorizer(Gate(steps.clone())));
    for (who, input) in [
        ("alice", json!({ "note": 0 })),
        ("alice", json!({ "note": CANARY })),
        ("alice", json!({})),
        ("alice", json!({ "note": { "number": 1, "owner": "alice" } })),
    ] {
        let result = guarded.call(&somebody(who), "read", input).await;
        assert_eq!(code(&result).as_deref(), Some("invalid_input"));
        assert!(!format!("{result:?}").contains(CANARY));
    }
    assert_eq!(steps.taken(), [""; 0]);
    let denied = guarded.call(&somebody("denied"), "read", json!({ "note": 1 })).await;
    assert_eq!(code(&denied).as_deref(), Some("denied"));
    assert_eq!(steps.taken(), ["authorizer"], "nothing is loaded for whom the server refuses");
    let served = guarded.call(&somebody("alice"), "read", json!({ "note": 1 })).await;
    assert_eq!(code(&served), None);
    assert_eq!(steps.taken(), ["authorizer", "find 1 for alice"]);
    assert_eq!(runs.get(), 1);
}

#[tokio::test]
async fn a_store_that_fails_refuses_and_tells_nothing() {
    let (guarded, _, runs) = notes();
    let alice = somebody("alice");
    for (note, expected) in [(500, "internal"), (501, "panicked"), (502, "timed_out")] {
        let call = guarded.call(&alice, "read", json!({ "note": note }));
        let result = bounded("the call", call).await;
        assert_eq!(code(&result).as_deref(), Some(expected));
        assert!(!format!("{result:?}").contains(CANARY), "{result:?}");
    }
    assert_eq!(runs.get(), 0);
    let cause = guarded.records().await.remove(0).cause.unwrap();
    assert!(cause.contains("the disk says"), "the log knows: {cause}");
}

#[tokio::test]
async fn functions_have_resources_too() {
    let guarded = guard(tools![free]);
    let served = guarded.call(&somebody("alice"), "free", json!({ "it": true })).await;
    assert_eq!(text(&served), "alice");
    for (who, it) in [("alice", false), ("bob", true)] {
        let result = guarded.call(&somebody(who), "free", json!({ "it": it })).await;
        assert_eq!(code(&result).as_deref(), Some("no_such_resource"));
    }
}

#[tokio::test]
async fn clients_see_the_identifier() {
    let (guarded, ..) = notes();
    let tools = guarded.tools.list_for(&somebody("alice")).tools;
    let schema = |name: &str| {
        let tool = tools.iter().find(|tool| tool.name == name).unwrap();
        Value::Object((*tool.input_schema).clone())
    };
    let read = schema("read");
    let identifier = &read["properties"]["note"];
    assert_eq!(read["required"], json!(["note"]));
    assert!(identifier.to_string().contains("Which."), "{read}");
    assert!(read.to_string().contains(r#""maximum":1000"#), "{read}");
    assert_eq!(schema("compare")["required"], json!(["one"]));
}
