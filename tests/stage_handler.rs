//! The stage *handler*: bounded in time, number and panics; stopped when its client withdraws; and
//! whatever error it returns, only what is public goes out.

#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use std::error::Error;
use std::fmt;
use std::num::ParseIntError;
use std::sync::Arc;
use std::time::Duration;

use rmcp::model::CallToolResult;
use secure_tool_runtime::audit::Outcome;
use secure_tool_runtime::prelude::*;
use serde_json::json;
use support::guarded::{Guarded, Runs, guard, params, somebody};
use support::{CANARY, bounded, code, eventually, refusal, text};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

#[derive(Clone, Default)]
struct Work {
    /// Handlers that began.
    runs: Runs,
    /// Handlers that came to their end.
    ends: Runs,
    /// Handlers that were dropped, finished or not.
    drops: Runs,
    go: Arc<Notify>,
}

struct CountDrop(Runs);

impl Drop for CountDrop {
    fn drop(&mut self) {
        self.0.count();
    }
}

impl Work {
    async fn wait(&self) {
        self.runs.count();
        let _drop = CountDrop(self.drops.clone());
        self.go.notified().await;
        self.ends.count();
    }
}

#[public_error]
#[derive(Debug)]
enum Failure {
    #[public("Try again tomorrow.")]
    Tomorrow,
    #[public("That was no number.")]
    Number(#[from] ParseIntError),
    #[internal]
    Internal(#[allow(dead_code, reason = "for the log")] String),
    #[internal]
    Io(#[from] std::io::Error),
}

/// Has neither `Debug` nor `Display`.
struct Opaque;

/// Its `Debug` is as hostile as its `Display`.
struct Talkative;

impl fmt::Debug for Talkative {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{CANARY}\n{}", "x".repeat(1 << 20))
    }
}

impl fmt::Display for Talkative {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(CANARY)
    }
}

impl Error for Talkative {}

/// Panics while it is shown.
struct Mine;

impl fmt::Debug for Mine {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        panic!("{CANARY}")
    }
}

#[secure_tools]
impl Work {
    /// Wait for a signal, twice at the same time at most.
    #[secure_tool(public = "test", effect = read, concurrency = 2)]
    async fn two_at_once(&self) {
        self.wait().await;
    }

    /// Wait for a signal, but not for long.
    #[secure_tool(public = "test", effect = read, timeout = "50ms")]
    async fn impatient(&self) {
        self.wait().await;
    }

    /// Work without end, and use up at each turn what the runtime gives.
    #[secure_tool(public = "test", effect = read, timeout = "50ms")]
    async fn greedy(&self) {
        loop {
            tokio::task::coop::consume_budget().await;
        }
    }

    /// Wait for a signal.
    #[secure_tool(public = "test", effect = read)]
    async fn patient(&self) {
        self.wait().await;
    }

    /// Panic at once.
    #[secure_tool(public = "test", effect = read, concurrency = 1)]
    async fn panic_now(&self) {
        self.runs.count();
        let _drop = CountDrop(self.drops.clone());
        panic!("{CANARY}");
    }

    /// Panic after a while.
    #[secure_tool(public = "test", effect = read, concurrency = 1)]
    async fn panic_later(&self) {
        self.runs.count();
        tokio::task::yield_now().await;
        std::panic::panic_any(CANARY);
    }

    /// Fail in one of many ways.
    #[secure_tool(public = "test", effect = read)]
    async fn fail(
        &self,
        /// Which one.
        how: u8,
    ) -> Result<String, Failure> {
        match how {
            0 => Err(Failure::Tomorrow),
            1 => Err(Failure::Internal(CANARY.into())),
            2 => Ok("x".parse::<u8>()?.to_string()),
            3 => Err(std::io::Error::other(CANARY))?,
            _ => Ok("fine".into()),
        }
    }

    /// Fail with an error that is shown with its text.
    #[secure_tool(public = "test", effect = read)]
    async fn talkative(&self) -> Result<(), Talkative> {
        Err(Talkative)
    }

    /// Fail with an error in a box.
    #[secure_tool(public = "test", effect = read)]
    async fn boxed(&self) -> Result<(), Box<dyn Error + Send + Sync>> {
        Err(Box::new(Talkative))
    }

    /// Fail with a text.
    #[secure_tool(public = "test", effect = read)]
    async fn string(&self) -> Result<(), String> {
        Err(CANARY.into())
    }

    /// Fail with an error that cannot be shown.
    #[secure_tool(public = "test", effect = read)]
    async fn opaque(&self) -> Result<(), Opaque> {
        Err(Opaque)
    }

    /// Fail with an error that panics when it is shown.
    #[secure_tool(public = "test", effect = read)]
    async fn mine(&self) -> Result<(), Mine> {
        Err(Mine)
    }

    /// Say who calls.
    #[secure_tool(public = "test", effect = read)]
    async fn who(&self, caller: &Caller, context: &Context) -> String {
        assert_eq!(caller.subject(), context.caller().subject());
        format!("{} {}", caller.subject(), context.reference())
    }
}

fn work() -> (Guarded, Work) {
    let work = Work::default();
    (guard(work.clone()), work)
}

async fn call(guarded: &Guarded, tool: &str) -> CallToolResult {
    bounded(tool, guarded.call(&somebody("ada"), tool, json!({}))).await
}

type Task = tokio::task::JoinHandle<CallToolResult>;

fn spawn(guarded: &Guarded, tool: &'static str, cancelled: &CancellationToken) -> Task {
    let (guarded, cancelled) = (guarded.clone(), cancelled.clone());
    tokio::spawn(async move {
        let call = guarded.tools.call_as(somebody("ada"), params(tool, json!({})), cancelled);
        call.await.unwrap()
    })
}

async fn reached(runs: &Runs, count: u32) {
    eventually("the handler", || (runs.get() == count).then_some(())).await;
}

#[tokio::test]
async fn a_call_that_takes_too_long_is_stopped() {
    let (guarded, work) = work();
    let result = call(&guarded, "impatient").await;
    assert_eq!(code(&result).as_deref(), Some("timed_out"));
    assert_eq!(
        text(&result),
        "The call was stopped: it took longer than 50 ms. Ask for less at once."
    );
    assert_eq!((work.runs.get(), work.drops.get(), work.ends.get()), (1, 1, 0), "it is dropped");
    let record = guarded.record().await;
    assert_eq!((record.outcome, record.reason), (Outcome::Failed, "timed_out"));
    assert!(record.duration >= Duration::from_millis(50));
    // Nothing of it is left that a signal could wake.
    work.go.notify_waiters();
    assert_eq!(work.ends.get(), 0);
}

#[tokio::test]
async fn a_call_that_leaves_nothing_for_others_is_stopped_too() {
    let (guarded, _) = work();
    let result = bounded("its end", call(&guarded, "greedy")).await;
    assert_eq!(code(&result).as_deref(), Some("timed_out"));
}

#[tokio::test]
async fn no_more_calls_run_at_once_than_may() {
    let (guarded, work) = work();
    let never = CancellationToken::new();
    let running = [spawn(&guarded, "two_at_once", &never), spawn(&guarded, "two_at_once", &never)];
    reached(&work.runs, 2).await;
    let result = call(&guarded, "two_at_once").await;
    assert_eq!(code(&result).as_deref(), Some("busy"));
    assert_eq!(
        text(&result),
        "The tool is busy: too many calls are running. Call again in a moment."
    );
    assert_eq!(work.runs.get(), 2, "it did not run");
    // Other tools have a limit of their own.
    assert_eq!(code(&call(&guarded, "who").await), None);
    work.go.notify_waiters();
    for task in running {
        assert_eq!(code(&bounded("the end", task).await.unwrap()), None);
    }
    // There is room again.
    let task = spawn(&guarded, "two_at_once", &never);
    reached(&work.runs, 3).await;
    work.go.notify_waiters();
    assert_eq!(code(&bounded("the end", task).await.unwrap()), None);
}

#[tokio::test]
async fn stopped_and_panicked_calls_make_room() {
    let (guarded, work) = work();
    for _ in 0..5 {
        for tool in ["panic_now", "panic_later", "impatient"] {
            assert_ne!(code(&call(&guarded, tool).await).as_deref(), Some("busy"), "{tool}");
        }
        let token = CancellationToken::new();
        let tasks =
            [spawn(&guarded, "two_at_once", &token), spawn(&guarded, "two_at_once", &token)];
        let before = work.runs.get();
        eventually("both", || (work.runs.get() == before + 2).then_some(())).await;
        token.cancel();
        for task in tasks {
            let result = bounded("the end", task).await.unwrap();
            assert_eq!(code(&result).as_deref(), Some("cancelled"));
        }
    }
}

#[tokio::test]
async fn a_panic_is_an_answer() {
    let (guarded, work) = work();
    for tool in ["panic_now", "panic_later"] {
        let result = call(&guarded, tool).await;
        assert_eq!(code(&result).as_deref(), Some("panicked"), "{result:?}");
        let reference = refusal(&result).unwrap()["reference"].as_str().unwrap().to_owned();
        let expected =
            format!("The tool failed. If this persists, report the reference {reference}.");
        assert_eq!(text(&result), expected);
        let record = guarded.records().await.pop().unwrap();
        assert_eq!((record.outcome, record.reason), (Outcome::Failed, "panicked"));
        assert_eq!(record.reference.to_string(), reference);
        assert!(!format!("{result:?} {record:?}").contains(CANARY));
    }
    assert_eq!((work.runs.get(), work.drops.get()), (2, 1));
    assert_eq!(code(&call(&guarded, "who").await), None, "the server serves on");
}

#[tokio::test]
async fn a_withdrawn_call_is_stopped() {
    let (guarded, work) = work();
    let token = CancellationToken::new();
    let task = spawn(&guarded, "patient", &token);
    reached(&work.runs, 1).await;
    token.cancel();
    let result = bounded("the answer", task).await.unwrap();
    assert_eq!(code(&result).as_deref(), Some("cancelled"));
    assert_eq!((work.drops.get(), work.ends.get()), (1, 0));
    let record = guarded.record().await;
    assert_eq!((record.outcome, record.reason), (Outcome::Cancelled, "cancelled"));
}

#[tokio::test]
async fn a_call_that_is_dropped_is_stopped_and_recorded() {
    let (guarded, work) = work();
    let task = spawn(&guarded, "patient", &CancellationToken::new());
    reached(&work.runs, 1).await;
    task.abort();
    assert!(bounded("the end", task).await.unwrap_err().is_cancelled());
    assert_eq!((work.drops.get(), work.ends.get()), (1, 0));
    let record = guarded.record().await;
    assert_eq!((record.tool, &*record.caller), ("patient", "ada"));
    assert_eq!((record.outcome, record.reason), (Outcome::Cancelled, "cancelled"));
}

#[tokio::test]
async fn a_call_that_was_withdrawn_before_it_began_changes_nothing() {
    let (guarded, work) = work();
    let token = CancellationToken::new();
    token.cancel();
    let result = bounded("the answer", spawn(&guarded, "patient", &token)).await.unwrap();
    assert_eq!(code(&result).as_deref(), Some("cancelled"));
    assert_eq!(work.ends.get(), 0);
    assert_eq!(guarded.record().await.outcome, Outcome::Cancelled);
}

#[tokio::test]
async fn public_errors_are_shown_and_others_are_not() {
    let (guarded, _) = work();
    for (how, reason, shown, cause) in [
        (0, "public_error", Some("Try again tomorrow."), None),
        (1, "internal", None, Some(format!("Internal({CANARY:?})"))),
        (2, "public_error", Some("That was no number."), None),
        (3, "internal", None, Some(format!("Io(Custom {{ kind: Other, error: {CANARY:?} }})"))),
    ] {
        let result = guarded.call(&somebody("ada"), "fail", json!({ "how": how })).await;
        assert_eq!(code(&result).as_deref(), Some(reason), "{how}: {result:?}");
        let record = guarded.records().await.pop().unwrap();
        assert_eq!(record.outcome, Outcome::Failed);
        let generic = format!(
            "The tool failed. If this persists, report the reference {}.",
            record.reference
        );
        assert_eq!(text(&result), shown.unwrap_or(&generic), "{how}");
        if let Some(cause) = cause {
            assert_eq!(record.cause.as_deref(), Some(&*cause), "{how}");
        }
    }
    let result = guarded.call(&somebody("ada"), "fail", json!({ "how": 4 })).await;
    assert_eq!((code(&result), text(&result)), (None, "fine"));
}

#[tokio::test]
async fn errors_of_other_types_go_to_the_log() {
    let (guarded, _) = work();
    for (tool, cause) in
        [("talkative", CANARY), ("boxed", CANARY), ("string", CANARY), ("opaque", "Opaque")]
    {
        let result = call(&guarded, tool).await;
        assert_eq!(code(&result).as_deref(), Some("internal"), "{tool}: {result:?}");
        assert!(text(&result).starts_with("The tool failed."), "{tool}: {result:?}");
        assert!(!format!("{result:?}").contains(CANARY), "{tool}: {result:?}");
        let record = guarded.records().await.pop().unwrap();
        let logged = record.cause.unwrap();
        assert!(logged.contains(cause), "{tool}: {logged}");
        assert!(logged.len() <= 2048, "{tool}: {} bytes", logged.len());
    }
}

#[tokio::test]
async fn an_error_that_panics_when_it_is_shown_is_an_answer() {
    let (guarded, _) = work();
    let result = call(&guarded, "mine").await;
    assert_eq!(code(&result).as_deref(), Some("panicked"), "{result:?}");
    assert_eq!(guarded.record().await.reason, "panicked");
}

#[tokio::test]
async fn what_is_borrowed_comes_from_the_server() {
    let (guarded, _) = work();
    let result = call(&guarded, "who").await;
    let record = guarded.record().await;
    assert_eq!(text(&result), format!("ada {}", record.reference));
}
