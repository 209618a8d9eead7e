//! The stage *rate permit*: how often a tool may be called, and by whom it is counted.

#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use std::net::IpAddr;
use std::time::Duration;

use futures_util::FutureExt;
use secure_tool_runtime::Caller;
use secure_tool_runtime::audit::Outcome;
use secure_tool_runtime::prelude::*;
use secure_tool_runtime::rate_limit::Exceeded;
use secure_tool_runtime::shared::{Answer, Keep, Key, Limit, Outage, Revoked, SharedState, Store};
use serde_json::json;
use support::guarded::{Guarded, Runs, guard, guard_with, somebody};
use support::{code, refusal, text};

struct Limited {
    runs: Runs,
}

#[secure_tools]
impl Limited {
    /// Does something, and goes on.
    #[secure_tool(public = "test", effect = read, rate = "100000/s")]
    async fn lasting(&self) {
        self.runs.count();
        std::future::pending().await
    }

    /// Three calls a minute for each caller.
    #[secure_tool(public = "test", effect = read, rate = "3/min")]
    async fn per_caller(&self) {
        self.runs.count();
    }

    /// Three calls a minute for each client.
    #[secure_tool(public = "test", effect = read, rate = "3/min", per = client)]
    async fn per_client(&self) {
        self.runs.count();
    }

    /// Three calls a minute for everybody together.
    #[secure_tool(public = "test", effect = read, rate = "3/min", per = tool)]
    async fn per_tool(&self) {
        self.runs.count();
    }

    /// Three calls a minute for all who may, together.
    #[secure_tool(scope = "test", effect = read, rate = "3/min", per = tool)]
    async fn scoped_per_tool(&self) {
        self.runs.count();
    }

    /// Three calls a minute, for those who may.
    #[secure_tool(scope = "test", effect = read, rate = "3/min")]
    async fn scoped(&self) {
        self.runs.count();
    }

    /// Three calls a minute, with input.
    #[secure_tool(public = "test", effect = read, rate = "3/min")]
    async fn with_input(
        &self,
        /// A number.
        number: u8,
    ) {
        let _ = number;
        self.runs.count();
    }

    /// Many calls a minute, but two at once.
    #[secure_tool(public = "test", effect = read, rate = "600/min", burst = 2)]
    async fn bursts(&self) {
        self.runs.count();
    }

    /// The limit that follows from reading.
    #[secure_tool(public = "test", effect = read)]
    async fn ordinary(&self) {
        self.runs.count();
    }

    /// The limit that follows from destroying.
    #[secure_tool(scope = "test", effect = destructive)]
    async fn destructive(&self) {
        self.runs.count();
    }

    /// The limit that follows from being expensive.
    #[secure_tool(public = "test", effect = read, expensive)]
    async fn costly(&self) {
        self.runs.count();
    }
}

fn limited() -> (Guarded, Runs) {
    let runs = Runs::default();
    (guard(Limited { runs: runs.clone() }), runs)
}

/// True if a call is let through.
async fn passes(guarded: &Guarded, caller: &Caller, tool: &str) -> bool {
    let result = guarded.call(caller, tool, json!({})).await;
    match code(&result).as_deref() {
        None => true,
        Some("rate_limited") => false,
        Some(other) => panic!("{other}: {result:?}"),
    }
}

/// How many calls are let through in a row.
async fn in_a_row(guarded: &Guarded, caller: &Caller, tool: &str) -> u32 {
    let mut passed = 0;
    while passes(guarded, caller, tool).await {
        passed += 1;
        assert!(passed < 1000, "there is no limit");
    }
    passed
}

fn at(name: &str, address: &str) -> Caller {
    somebody(name).at_address(address.parse::<IpAddr>().unwrap())
}

#[tokio::test]
async fn each_caller_has_its_own_limit() {
    let (guarded, runs) = limited();
    let (ada, bob) = (somebody("ada"), somebody("bob"));
    assert_eq!(in_a_row(&guarded, &ada, "per_caller").await, 3);
    assert_eq!(in_a_row(&guarded, &bob, "per_caller").await, 3);
    assert!(!passes(&guarded, &ada, "per_caller").await);
    assert_eq!(runs.get(), 6, "what is refused does not run");
}

#[tokio::test]
async fn a_caller_is_the_same_from_everywhere() {
    let (guarded, _) = limited();
    assert_eq!(in_a_row(&guarded, &at("ada", "192.0.2.1"), "per_caller").await, 3);
    assert!(!passes(&guarded, &at("ada", "192.0.2.2"), "per_caller").await);
}

#[tokio::test]
async fn each_tool_has_its_own_limit() {
    let (guarded, _) = limited();
    let ada = somebody("ada");
    assert_eq!(in_a_row(&guarded, &ada, "per_caller").await, 3);
    assert_eq!(in_a_row(&guarded, &ada, "per_client").await, 3);
}

#[tokio::test]
async fn a_client_is_counted_by_its_address() {
    let (guarded, _) = limited();
    assert_eq!(in_a_row(&guarded, &at("ada", "192.0.2.1"), "per_client").await, 3);
    // Another name does not help, another address does.
    assert!(!passes(&guarded, &at("bob", "192.0.2.1"), "per_client").await);
    assert!(!passes(&guarded, &at("bob", "::ffff:192.0.2.1"), "per_client").await);
    assert!(passes(&guarded, &at("ada", "192.0.2.2"), "per_client").await);
    // One client has a whole /64.
    assert_eq!(in_a_row(&guarded, &at("ada", "2001:db8::1"), "per_client").await, 3);
    assert!(!passes(&guarded, &at("ada", "2001:db8::dead:beef"), "per_client").await);
    assert!(passes(&guarded, &at("ada", "2001:db8:0:1::1"), "per_client").await);
    // Without an address there is one client: that of stdio.
    assert_eq!(in_a_row(&guarded, &somebody("ada"), "per_client").await, 3);
    assert!(!passes(&guarded, &somebody("bob"), "per_client").await);
}

#[tokio::test]
async fn a_tool_can_be_limited_for_everybody_together() {
    let (guarded, runs) = limited();
    for name in ["ada", "bob", "eve"] {
        assert!(passes(&guarded, &somebody(name), "per_tool").await);
    }
    assert!(!passes(&guarded, &at("joe", "192.0.2.9"), "per_tool").await);
    assert_eq!(runs.get(), 3);
}

#[tokio::test]
async fn who_may_not_call_uses_up_nothing_that_others_share() {
    let (guarded, runs) = limited();
    let eve = somebody("eve");
    for _ in 0..3 {
        let result = guarded.call(&eve, "scoped_per_tool", json!({})).await;
        assert_eq!(code(&result).as_deref(), Some("forbidden"));
    }
    assert!(!passes(&guarded, &eve, "scoped_per_tool").await, "it has a limit of its own");
    let ada = somebody("ada").with_scopes(["test"]).unwrap();
    assert_eq!(in_a_row(&guarded, &ada, "scoped_per_tool").await, 3);
    assert_eq!(runs.get(), 3);
}

#[tokio::test]
async fn a_flood_does_not_fill_the_audit_log() {
    let (guarded, _) = limited();
    let (ada, eve) = (somebody("ada"), somebody("eve"));
    assert!(passes(&guarded, &ada, "per_caller").await);
    for number in 0..2000 {
        // Known tools and others.
        if number % 2 == 0 {
            let _ = guarded.try_call(&eve, &format!("guess_{number}"), json!({})).await;
        } else {
            let _ = passes(&guarded, &eve, "per_caller").await;
        }
    }
    assert_eq!(in_a_row(&guarded, &ada, "per_caller").await, 2);
    let records = guarded.records().await;
    let of = |name: &'static str| records.iter().filter(move |record| &*record.caller == name);
    let recorded = of("eve").count();
    // 3 calls, 100 guesses, 100 refusals, and those for which time has made room.
    assert!((203..250).contains(&recorded), "{recorded}");
    // What is left out is told by the next refusal that is not, whosever it is.
    assert!(of("ada").all(|record| record.reason == "ok" || record.left_out > 0));
    let left_out: u32 = records.iter().map(|record| record.left_out).sum();
    assert_eq!(recorded + left_out as usize, 2000);
}

/// A store that never answers, or that is down.
#[derive(Clone, Copy, Debug)]
enum Useless {
    Silent,
    Down,
}

impl Useless {
    fn answer<'a, T: Send + 'a>(self) -> Answer<'a, T> {
        Box::pin(async move {
            match self {
                Useless::Silent => std::future::pending().await,
                Useless::Down => Err(Outage::new("a test")),
            }
        })
    }

    fn guard(self) -> (Guarded, Runs) {
        let state = SharedState::new(self, &"s".repeat(32).into()).unwrap();
        let runs = Runs::default();
        let tools = Limited { runs: runs.clone() };
        (guard_with(tools, |server| server.shared_state(state)), runs)
    }
}

macro_rules! useless {
    ($($method:ident($($argument:ty),*) -> $answer:ty;)*) => {
        impl Store for Useless {
            $(fn $method<'a>(&'a self, $(_: $argument),*) -> Answer<'a, $answer> {
                self.answer()
            })*
        }
    };
}

useless! {
    admit(&'a [Limit]) -> Result<(), Exceeded>;
    would_admit(&'a [Limit]) -> Result<(), Exceeded>;
    give_back(&'a [Limit]) -> ();
    mark(Key, Duration) -> bool;
    revoke(Key, Duration) -> ();
    revoked(u64) -> Option<Revoked>;
    keep(Keep) -> bool;
    kept(Key) -> Option<Vec<u8>>;
    replace(Key, Vec<u8>) -> bool;
    take(Key, Key) -> Option<Vec<u8>>;
}

#[tokio::test]
async fn calls_that_are_broken_off_before_their_rate_is_known_do_not_fill_it_either() {
    let (guarded, runs) = Useless::Silent.guard();
    let eve = somebody("eve");
    for number in 0..1000 {
        let tool = if number % 2 == 0 { "per_caller" } else { "no_such_tool" };
        let call = guarded.try_call(&eve, tool, json!({})).now_or_never();
        assert!(call.is_none(), "the store has not answered");
    }
    let ada = somebody("ada");
    assert!(guarded.try_call(&ada, "per_caller", json!({})).now_or_never().is_none());
    let records = guarded.records().await;
    assert!((101..150).contains(&records.len()), "{}", records.len());
    assert!(records.iter().all(|record| record.outcome == Outcome::Cancelled));
    let last = records.last().unwrap();
    assert_eq!(&*last.caller, "ada", "a flood of others takes none of hers");
    let left_out: u32 = records.iter().map(|record| record.left_out).sum();
    assert_eq!(records.len() + left_out as usize, 1001);
    assert_eq!(runs.get(), 0);
}

#[tokio::test]
async fn calls_whose_rate_cannot_be_known_do_not_fill_it_either() {
    let (guarded, runs) = Useless::Down.guard();
    let eve = somebody("eve");
    for number in 0..1000 {
        let tool = if number % 2 == 0 { "per_caller" } else { "no_such_tool" };
        let result = guarded.call(&eve, tool, json!({})).await;
        assert_eq!(code(&result).as_deref(), Some("unavailable"));
    }
    let records = guarded.records().await;
    assert!((100..150).contains(&records.len()), "{}", records.len());
    assert!(records.iter().all(|record| record.reason == "unavailable"));
    assert_eq!(runs.get(), 0);
}

#[tokio::test]
async fn calls_that_were_let_through_all_leave_a_record() {
    let (guarded, runs) = limited();
    let ada = somebody("ada");
    for _ in 0..300 {
        assert!(guarded.try_call(&ada, "lasting", json!({})).now_or_never().is_none());
    }
    let records = guarded.records().await;
    assert_eq!((runs.get(), records.len()), (300, 300));
    assert!(records.iter().all(|record| record.reason == "cancelled" && record.left_out == 0));
}

#[tokio::test]
async fn limits_follow_from_what_a_tool_does() {
    let (guarded, _) = limited();
    let ada = somebody("ada");
    // 100 a minute come back fast enough for one or two more.
    let ordinary = in_a_row(&guarded, &ada, "ordinary").await;
    assert!((100..110).contains(&ordinary), "{ordinary}");
    let may_destroy = ada.clone().with_scopes(["test"]).unwrap();
    assert_eq!(in_a_row(&guarded, &may_destroy, "destructive").await, 10);
    assert_eq!(in_a_row(&guarded, &ada, "costly").await, 10);
}

#[tokio::test]
async fn a_refusal_says_when_to_call_again() {
    let (guarded, _) = limited();
    let ada = somebody("ada");
    in_a_row(&guarded, &ada, "per_caller").await;
    let result = guarded.call(&ada, "per_caller", json!({})).await;
    let refusal = refusal(&result).unwrap();
    let wait = refusal["retryAfterMs"].as_u64().unwrap();
    // One of three calls a minute comes back after 20 s.
    assert!((15_000..=20_000).contains(&wait), "{refusal}");
    let text = text(&result);
    assert!(
        text.starts_with("Rate limit reached: at most 3 calls a minute. Call again in "),
        "{text}"
    );
    let record = guarded.records().await.pop().unwrap();
    assert_eq!((record.outcome, record.reason), (Outcome::Refused, "rate_limited"));
    assert_eq!(refusal["reference"], record.reference.to_string());
}

#[tokio::test]
async fn who_waits_as_told_is_let_through() {
    let (guarded, _) = limited();
    let ada = somebody("ada");
    loop {
        let result = guarded.call(&ada, "bursts", json!({})).await;
        let Some(refusal) = refusal(&result) else { continue };
        let wait = refusal["retryAfterMs"].as_u64().unwrap();
        // A call every 100 ms.
        assert!(wait <= 100, "{refusal}");
        // The number is cut to whole milliseconds.
        tokio::time::sleep(Duration::from_millis(wait + 1)).await;
        assert!(passes(&guarded, &ada, "bursts").await);
        return;
    }
}

#[tokio::test]
async fn a_refused_call_costs_the_caller_nothing() {
    let (guarded, _) = limited();
    let ada = somebody("ada");
    in_a_row(&guarded, &ada, "per_caller").await;
    let wait = async || {
        let result = guarded.call(&ada, "per_caller", json!({})).await;
        refusal(&result).unwrap()["retryAfterMs"].as_u64().unwrap()
    };
    let first = wait().await;
    for _ in 0..1000 {
        wait().await;
    }
    assert!(wait().await <= first);
}

#[tokio::test]
async fn calls_are_counted_before_anything_else_is_told() {
    let (guarded, runs) = limited();
    let eve = somebody("eve");
    for _ in 0..3 {
        let result = guarded.call(&eve, "scoped", json!({})).await;
        assert_eq!(code(&result).as_deref(), Some("forbidden"));
        let result = guarded.call(&eve, "with_input", json!({ "number": "x" })).await;
        assert_eq!(code(&result).as_deref(), Some("invalid_input"));
    }
    for tool in ["scoped", "with_input"] {
        assert!(!passes(&guarded, &eve, tool).await);
    }
    assert_eq!(runs.get(), 0);
}

#[tokio::test]
async fn a_full_memory_refuses_newcomers_and_forgets_nobody() {
    let runs = Runs::default();
    let guarded = guard_with(Limited { runs }, |server| server.rate_capacity(16));
    let ada = somebody("ada");
    assert!(passes(&guarded, &ada, "per_caller").await);
    let mut refused = 0;
    for number in 0..1000 {
        let newcomer = somebody(&format!("newcomer-{number}"));
        refused += u32::from(!passes(&guarded, &newcomer, "per_caller").await);
    }
    assert!(refused >= 1000 - 16, "{refused}");
    assert_eq!(in_a_row(&guarded, &ada, "per_caller").await, 2, "one was used before");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn calls_at_the_same_time_do_not_slip_through() {
    let (guarded, runs) = limited();
    let tasks: Vec<_> = (0..100)
        .map(|_| {
            let guarded = guarded.clone();
            tokio::spawn(async move { passes(&guarded, &somebody("ada"), "per_caller").await })
        })
        .collect();
    let mut passed = 0;
    for task in tasks {
        passed += u32::from(task.await.unwrap());
    }
    assert_eq!((passed, runs.get()), (3, 3));
}

#[tokio::test]
async fn tools_that_there_are_not_are_limited_for_each_caller() {
    let (guarded, _) = limited();
    let (ada, bob) = (somebody("ada"), somebody("bob"));
    for n in 0..100 {
        // Whatever it is called.
        guarded.try_call(&ada, &format!("guess_{n}"), json!({})).await.unwrap_err();
    }
    let result = guarded.try_call(&ada, "guess", json!({})).await.unwrap();
    assert_eq!(code(&result).as_deref(), Some("rate_limited"));
    guarded.try_call(&bob, "guess", json!({})).await.unwrap_err();
    assert!(passes(&guarded, &ada, "ordinary").await, "tools have limits of their own");
}
