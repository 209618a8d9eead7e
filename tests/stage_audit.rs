//! The record that encloses a call: exactly one, whatever becomes of the call; and without a record
//! there is no call.

#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use std::sync::Arc;

use secure_tool_runtime::Server;
use secure_tool_runtime::audit::{Audit, Outcome};
use secure_tool_runtime::prelude::*;
use serde_json::{Value, json};
use support::guarded::{Guarded, Runs, guard, params, somebody};
use support::{CANARY, bounded, code, eventually, refusal, text};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

#[derive(Clone, Default)]
struct Audited {
    runs: Runs,
    go: Arc<Notify>,
}

#[public_error]
#[derive(Debug)]
enum Failure {
    #[public("No.")]
    Public,
    #[internal]
    Internal,
}

#[secure_tools]
impl Audited {
    /// Come to an end of choice.
    #[secure_tool(public = "test", effect = read, timeout = "100ms", concurrency = 2, max_output = 10)]
    async fn end(
        &self,
        /// Which one.
        how: Text<0, 20>,
    ) -> Result<String, Failure> {
        self.runs.count();
        match how.as_str() {
            "serve" => Ok("fine".into()),
            "public" => Err(Failure::Public),
            "internal" => Err(Failure::Internal),
            "panic" => panic!("{CANARY}"),
            "hang" => std::future::pending().await,
            "large" => Ok("x".repeat(11)),
            other => panic!("{other}"),
        }
    }

    /// For those who may.
    #[secure_tool(scope = "a", effect = read)]
    async fn scoped(&self) {
        self.runs.count();
    }

    /// For nobody.
    #[secure_tool(policy = nobody, effect = read)]
    async fn denied(&self) {
        self.runs.count();
    }

    /// Once a day.
    #[secure_tool(public = "test", effect = read, rate = "1/day")]
    async fn once(&self) {
        self.runs.count();
    }

    /// Wait for a signal.
    #[secure_tool(public = "test", effect = read, concurrency = 1)]
    async fn wait(&self) {
        self.runs.count();
        self.go.notified().await;
    }
}

async fn nobody(_: &Caller, _: &DeniedInput) -> Decision {
    Decision::Deny
}

fn audited() -> (Guarded, Audited) {
    let audited = Audited::default();
    (guard(audited.clone()), audited)
}

#[tokio::test]
async fn every_end_of_a_call_is_recorded_once() {
    let (guarded, audited) = audited();
    let ada = somebody("ada");
    let how = |how: &str| json!({ "how": how });
    let mut expected = Vec::new();
    for (tool, arguments, outcome, reason) in [
        ("end", how("serve"), Outcome::Served, "ok"),
        ("end", how("public"), Outcome::Failed, "public_error"),
        ("end", how("internal"), Outcome::Failed, "internal"),
        ("end", how("panic"), Outcome::Failed, "panicked"),
        ("end", how("hang"), Outcome::Failed, "timed_out"),
        ("end", how("large"), Outcome::Failed, "output_too_large"),
        ("end", how(&CANARY.repeat(2)), Outcome::Refused, "invalid_input"),
        ("scoped", json!({}), Outcome::Refused, "forbidden"),
        ("denied", json!({}), Outcome::Refused, "denied"),
        ("once", json!({}), Outcome::Served, "ok"),
        ("once", json!({}), Outcome::Refused, "rate_limited"),
    ] {
        let result = bounded(reason, guarded.call(&ada, tool, arguments)).await;
        let told = code(&result).unwrap_or_else(|| "ok".into());
        assert_eq!(told, reason, "{result:?}");
        let reference = refusal(&result).map(|refusal| refusal["reference"].clone());
        expected.push((tool, outcome, reason, reference));
    }
    assert_eq!(audited.runs.get(), 7);
    let records = guarded.records().await;
    assert_eq!(records.len(), expected.len(), "{records:#?}");
    for (record, (tool, outcome, reason, reference)) in records.iter().zip(expected) {
        assert_eq!((record.tool, record.outcome, record.reason), (tool, outcome, reason));
        assert_eq!(&*record.caller, "ada");
        if let Some(reference) = reference {
            assert_eq!(reference, record.reference.to_string());
        }
        assert!(!format!("{record:?}").contains(CANARY), "{record:?}");
    }
    let mut references: Vec<_> = records.iter().map(|record| record.reference.0).collect();
    references.sort_unstable();
    references.dedup();
    assert_eq!(references.len(), records.len(), "no reference is used twice");
}

#[tokio::test]
async fn an_unknown_tool_is_recorded_without_its_name() {
    let (guarded, _) = audited();
    let error = guarded.try_call(&somebody("ada"), CANARY, json!({ CANARY: 1 })).await.unwrap_err();
    assert!(!format!("{error:?}").contains(CANARY), "{error:?}");
    let record = guarded.record().await;
    assert_eq!((record.tool, record.reason), ("unknown", "unknown_tool"));
    assert!(!format!("{record:?}").contains(CANARY), "{record:?}");
}

#[tokio::test]
async fn busy_and_cancelled_calls_are_recorded() {
    let (guarded, audited) = audited();
    let token = CancellationToken::new();
    let waiting = {
        let (guarded, token) = (guarded.clone(), token.clone());
        tokio::spawn(async move {
            guarded.tools.call_as(somebody("ada"), params("wait", json!({})), token).await.unwrap()
        })
    };
    eventually("the handler", || (audited.runs.get() == 1).then_some(())).await;
    assert_eq!(guarded.records().await.len(), 0, "it is not over");
    let busy = guarded.call(&somebody("bob"), "wait", json!({})).await;
    assert_eq!(code(&busy).as_deref(), Some("busy"));
    token.cancel();
    bounded("the end", waiting).await.unwrap();
    let ends: Vec<_> = guarded
        .records()
        .await
        .iter()
        .map(|record| (record.caller.to_string(), record.outcome, record.reason))
        .collect();
    assert_eq!(
        ends,
        [
            ("bob".to_owned(), Outcome::Refused, "busy"),
            ("ada".to_owned(), Outcome::Cancelled, "cancelled"),
        ]
    );
}

#[tokio::test]
async fn a_call_that_nobody_waits_for_is_recorded() {
    let (guarded, audited) = audited();
    let ada = somebody("ada");
    let mut call = Box::pin(guarded.call(&ada, "wait", json!({})));
    // Polled once, so it has begun.
    let polled = tokio::time::timeout(std::time::Duration::ZERO, &mut call).await;
    assert!(polled.is_err());
    assert_eq!(audited.runs.get(), 1);
    drop(call);
    assert_eq!(guarded.record().await.outcome, Outcome::Cancelled);
}

#[tokio::test]
async fn the_record_has_the_shape_of_the_arguments() {
    let (guarded, _) = audited();
    guarded.call(&somebody("ada"), "end", json!({ "how": "serve" })).await;
    guarded.call(&somebody("ada"), "end", json!({ "how": [1, 2], CANARY: 1 })).await;
    guarded.call(&somebody("ada"), "scoped", json!({ CANARY: CANARY })).await;
    let shapes: Vec<_> =
        guarded.records().await.iter().map(|record| record.arguments.to_string()).collect();
    assert_eq!(shapes[0], "how=string(5)");
    assert!(shapes[1].starts_with("how=array(2)"), "{shapes:?}");
    assert!(shapes.iter().all(|shape| !shape.contains(CANARY)), "{shapes:?}");
}

#[tokio::test]
async fn what_cannot_be_recorded_is_not_done() {
    let audited = Audited::default();
    // Room for two records.
    let (audit, log) = Audit::memory(2);
    let tools = Server::new(audited.clone()).audit(audit.clone()).embed().unwrap();
    let guarded = Guarded { tools, audit: audit.clone(), log: log.clone() };
    let ada = somebody("ada");
    let serve = || guarded.call(&ada, "end", json!({ "how": "serve" }));
    for _ in 0..3 {
        assert_eq!(code(&serve().await), None);
        // The third finds no room, which the log notices when it writes it down.
        let _ = audit.flush().await;
    }
    eventually("trouble", || (!audit.is_healthy()).then_some(())).await;
    assert_eq!(audited.runs.get(), 3);

    for _ in 0..10 {
        let result = bounded("the refusal", serve()).await;
        assert_eq!(code(&result).as_deref(), Some("internal"), "{result:?}");
        assert!(text(&result).starts_with("The tool failed."), "{result:?}");
    }
    assert!(bounded("unknown", guarded.try_call(&ada, "nothing", Value::Null)).await.is_ok());
    assert_eq!(audited.runs.get(), 3, "nothing ran");

    // With room again, the one that waited is written, and calls are served.
    assert_eq!(log.take().len(), 2);
    eventually("recovery", || audit.is_healthy().then_some(())).await;
    assert_eq!(code(&serve().await), None);
    assert_eq!(audited.runs.get(), 4);
    assert_eq!(guarded.records().await.len(), 2, "none was lost");
}

#[tokio::test]
async fn a_full_disk_stops_the_server_from_acting() {
    // Where there is no such device, there is nothing to test.
    if !std::path::Path::new("/dev/full").exists() {
        return;
    }
    let audited = Audited::default();
    let audit = Audit::builder().file("/dev/full").start().unwrap();
    let tools = Server::new(audited.clone()).audit(audit.clone()).embed().unwrap();
    let call = || {
        let token = CancellationToken::new();
        tools.call_as(somebody("ada"), params("end", json!({ "how": "serve" })), token)
    };
    call().await.unwrap();
    eventually("trouble", || (!audit.is_healthy()).then_some(())).await;
    let before = audited.runs.get();
    let result = bounded("the refusal", call()).await.unwrap();
    assert_eq!(code(&result).as_deref(), Some("internal"));
    assert_eq!(audited.runs.get(), before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn none_is_lost_among_many() {
    let (guarded, audited) = audited();
    let tasks: Vec<_> = (0..200)
        .map(|number| {
            let guarded = guarded.clone();
            tokio::spawn(async move {
                let caller = somebody(&format!("caller-{number}"));
                for _ in 0..20 {
                    guarded.call(&caller, "scoped", json!({})).await;
                    guarded.call(&caller, "once", json!({})).await;
                }
            })
        })
        .collect();
    for task in tasks {
        bounded("a caller", task).await.unwrap();
    }
    let records = guarded.records().await;
    assert_eq!(records.len(), 8000);
    let served = records.iter().filter(|record| record.outcome == Outcome::Served).count();
    assert_eq!((served, audited.runs.get()), (200, 200));
}
