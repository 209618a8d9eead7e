//! Several instances that share their limits, on a Redis server that may fail them.

#![allow(clippy::unwrap_used, missing_docs)]

mod processes;
#[path = "../support/mod.rs"]
mod support;

use std::collections::HashMap;
use std::net::TcpListener;
use std::time::{Duration, Instant};

use secure_tool_runtime::audit::Outcome;
use secure_tool_runtime::prelude::*;
use secure_tool_runtime::rate_limit::Rate;
use secure_tool_runtime::shared::{Limit, OnOutage, Redis, SharedState};
use serde_json::json;
use support::guarded::{Guarded, Runs, guard_with, somebody};
use support::redis::RedisServer;
use support::{bounded, code, eventually, refusal, text};

/// Long enough that nothing comes back during a test.
const BURST: u32 = 50;

struct Limited {
    runs: Runs,
}

#[secure_tools]
impl Limited {
    /// Fifty calls a day for each caller.
    #[secure_tool(public = "test", effect = read, rate = "50/day")]
    async fn limited(&self) {
        self.runs.count();
    }

    /// Fifty calls a day, of which one at once.
    #[secure_tool(public = "test", effect = read, rate = "50/day", burst = 1)]
    async fn single(&self) {
        self.runs.count();
    }

    /// What a person has to agree to.
    #[secure_tool(public = "test", effect = read, confirm = "Do it?")]
    async fn agreed(&self) {
        self.runs.count();
    }

    /// More calls than any test makes.
    #[secure_tool(public = "test", effect = read, rate = "600000/min", burst = 10000)]
    async fn plenty(&self) {
        self.runs.count();
    }
}

fn secret() -> String {
    "a secret of the instances".repeat(2)
}

/// Patient: most tests count admissions, on a machine that may have other things to do.
fn redis(url: &str) -> Redis {
    Redis::new(url, secret()).unwrap().wait(support::PATIENCE)
}

/// For tests in which Redis fails.
fn brief(url: &str) -> Redis {
    redis(url).wait(Duration::from_millis(500))
}

fn instance(redis: Redis) -> (Guarded, Runs) {
    let runs = Runs::default();
    let tools = Limited { runs: runs.clone() };
    (guard_with(tools, |server| server.shared_state(redis)), runs)
}

/// Calls until a call is refused for its rate; none may be refused for another reason.
async fn in_a_row(guarded: &Guarded, tool: &str) -> u32 {
    let mut served = 0;
    loop {
        let result = guarded.call(&somebody("ada"), tool, json!({})).await;
        match code(&result).as_deref() {
            None => served += 1,
            Some("rate_limited") => return served,
            Some(other) => panic!("{other} after {served} calls"),
        }
    }
}

/// How many of many calls at the same time came to what.
async fn at_once(instances: &[&Guarded], calls: u32) -> HashMap<String, u32> {
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..calls {
        let guarded = instances[number as usize % instances.len()].clone();
        tasks.spawn(async move {
            let result = guarded.call(&somebody("ada"), "limited", json!({})).await;
            code(&result).unwrap_or_else(|| "ok".to_owned())
        });
    }
    let mut counts = HashMap::new();
    for code in bounded("the calls", tasks.join_all()).await {
        *counts.entry(code).or_default() += 1;
    }
    counts
}

/// Waits until a call is served again. Nothing but time helps.
async fn recovered(guarded: &Guarded) {
    let until = Instant::now() + support::PATIENCE;
    loop {
        let result = guarded.call(&somebody("eve"), "plenty", json!({})).await;
        if code(&result).is_none() {
            return;
        }
        assert!(Instant::now() < until, "it does not recover");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Waits until calls are counted in Redis, where nothing is yet.
async fn counts_again(guarded: &Guarded, server: &RedisServer) {
    let mut connection = server.connection();
    let until = Instant::now() + support::PATIENCE;
    while redis::cmd("DBSIZE").query::<u32>(&mut connection).unwrap() == 0 {
        guarded.call(&somebody("eve"), "plenty", json!({})).await;
        assert!(Instant::now() < until, "it does not recover");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_instances_share_one_limit_exactly() {
    let Some(server) = RedisServer::start() else { return };
    let make = || instance(redis(&server.url()));
    let ((one, ran), (other, ran_too)) = (make(), make());
    // Both are connected.
    recovered(&one).await;
    recovered(&other).await;
    let counts = at_once(&[&one, &other], 400).await;
    assert_eq!(counts, [("ok".to_owned(), BURST), ("rate_limited".to_owned(), 400 - BURST)].into());
    assert_eq!(ran.get() + ran_too.get(), BURST + 2, "what is refused does not run");

    let refused = one.call(&somebody("ada"), "limited", json!({})).await;
    let wait = refusal(&refused).unwrap()["retryAfterMs"].as_u64().unwrap();
    let interval = 86_400_000 / u64::from(BURST);
    assert!(wait <= interval && wait > interval - 60_000, "{wait}");
    assert!(text(&refused).starts_with("Rate limit reached: at most 50 calls a day."));
    // Another caller has a limit of its own.
    assert_eq!(code(&other.call(&somebody("bob"), "limited", json!({})).await), None);
}

#[tokio::test]
async fn guesses_at_names_count_together() {
    let Some(server) = RedisServer::start() else { return };
    let make = || instance(redis(&server.url()));
    let ((one, _), (other, _)) = (make(), make());
    let eve = somebody("eve");
    for _ in 0..100 {
        one.try_call(&eve, "no_such_tool", json!({})).await.unwrap_err();
    }
    // A hundred a minute: one comes back after 0.6 s.
    let mut more = 0;
    while other.try_call(&eve, "no_such_tool", json!({})).await.is_err() {
        more += 1;
        assert!(more < 50, "guesses are not counted together");
    }
}

#[tokio::test]
async fn nobody_is_stored_in_clear_and_everything_expires() {
    let Some(server) = RedisServer::start() else { return };
    let shared = SharedState::from(redis(&server.url()).prefix("notebook"));
    let (guarded, _) = instance(redis(&server.url()).prefix("notebook"));
    guarded.call(&somebody("ada@example.org"), "limited", json!({})).await;
    guarded.try_call(&somebody("ada@example.org"), "no_such_tool", json!({})).await.unwrap_err();
    shared.first_use(b"nonce-of-ada", Duration::from_secs(60)).await.unwrap();
    shared.revoke(b"token-of-ada", Duration::from_secs(60)).await.unwrap();
    let mut connection = server.connection();
    let keys: Vec<String> = redis::cmd("KEYS").arg("*").query(&mut connection).unwrap();
    assert_eq!(keys.len(), 5, "{keys:?}");
    let is_hash =
        |text: &str| text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    for key in keys {
        let left: i64 = redis::cmd("PTTL").arg(&key).query(&mut connection).unwrap();
        assert!(left > 0 && left <= 86_400_000, "{left}");
        let name = key.strip_prefix("notebook:").unwrap();
        if name == "revoked" {
            let list = redis::cmd("ZRANGE").arg(&key).arg(0).arg(-1).query(&mut connection);
            let list: Vec<String> = list.unwrap();
            assert!(list.len() == 1 && is_hash(&list[0]), "{list:?}");
            continue;
        }
        assert!(name == "revoked:version" || is_hash(name), "{key}");
        let value: String = redis::cmd("GET").arg(&key).query(&mut connection).unwrap();
        assert!(value.bytes().all(|byte| byte.is_ascii_digit()), "{value}");
    }
}

#[tokio::test]
async fn another_secret_is_another_limit() {
    let Some(server) = RedisServer::start() else { return };
    let (one, _) = instance(redis(&server.url()));
    let (other, _) = instance(Redis::new(server.url(), "t".repeat(32)).unwrap());
    assert_eq!(in_a_row(&one, "limited").await, BURST);
    assert_eq!(in_a_row(&other, "limited").await, BURST);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nonces_are_good_once_and_revocations_are_seen_by_all() {
    let Some(server) = RedisServer::start() else { return };
    let state = || SharedState::from(redis(&server.url()));
    let states = [state(), state()];
    let minute = Duration::from_secs(60);
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..200 {
        let state = states[number % 2].clone();
        tasks.spawn(async move { state.first_use(b"nonce", minute).await.unwrap() });
    }
    let firsts = bounded("the nonces", tasks.join_all()).await;
    assert_eq!(firsts.into_iter().filter(|first| *first).count(), 1);

    assert!(!states[1].is_revoked(b"token").await.unwrap());
    states[0].revoke(b"token", minute).await.unwrap();
    assert!(states[1].is_revoked(b"token").await.unwrap());
    states[0].first_use(b"brief", Duration::ZERO).await.unwrap();
    eventually("the nonce to expire", || {
        let count: u32 = redis::cmd("DBSIZE").query(&mut server.connection()).unwrap();
        // The other nonce, and the list of revocations with its version.
        (count == 3).then_some(())
    })
    .await;
}

#[tokio::test]
async fn all_limits_of_a_call_are_asked_at_once_and_failures_alone_may_count() {
    let Some(server) = RedisServer::start() else { return };
    let state = SharedState::from(redis(&server.url()));
    let limit = |who: &[u8], burst| Limit {
        key: state.key("log-in", &[who]),
        rate: Rate::new(burst, 86_400, burst),
    };
    let (address, account) = (limit(b"192.0.2.1", 3), limit(b"ada", 1));
    let both = [address, account];
    for _ in 0..10 {
        state.would_admit(&both).await.unwrap().unwrap();
    }
    state.admit(&both).await.unwrap().unwrap();
    state.would_admit(&both).await.unwrap().unwrap_err();
    for _ in 0..10 {
        // Refused for the account: the address pays nothing.
        state.admit(&both).await.unwrap().unwrap_err();
    }
    for _ in 0..2 {
        state.admit(&[address]).await.unwrap().unwrap();
    }
    state.admit(&[address]).await.unwrap().unwrap_err();
    // One command was sent for each of these questions.
    let info: String =
        redis::cmd("INFO").arg("commandstats").query(&mut server.connection()).unwrap();
    assert!(info.contains("cmdstat_evalsha:calls=25,"), "{info}");
}

#[tokio::test]
async fn what_is_given_back_was_not_counted_and_nothing_is_saved_up() {
    let Some(server) = RedisServer::start() else { return };
    let state = SharedState::from(redis(&server.url()));
    let limit = [Limit { key: state.key("log-in", &[]), rate: Rate::new(3, 86_400, 3) }];
    state.give_back(&limit).await.unwrap();
    for _ in 0..10 {
        state.admit(&limit).await.unwrap().unwrap();
        state.give_back(&limit).await.unwrap();
    }
    let mut connection = server.connection();
    assert_eq!(redis::cmd("DBSIZE").query::<u32>(&mut connection).unwrap(), 0);
    for _ in 0..3 {
        state.admit(&limit).await.unwrap().unwrap();
    }
    state.admit(&limit).await.unwrap().unwrap_err();
    state.give_back(&limit).await.unwrap();
    state.admit(&limit).await.unwrap().unwrap();
    state.admit(&limit).await.unwrap().unwrap_err();
}

#[tokio::test]
async fn there_is_an_end_to_what_can_be_revoked() {
    let Some(server) = RedisServer::start() else { return };
    let state = SharedState::from(redis(&server.url()));
    state.revoke(b"first", Duration::from_secs(60)).await.unwrap();
    let mut connection = server.connection();
    let far = u64::MAX >> 12;
    for batch in 0..10 {
        let mut fill = redis::cmd("ZADD");
        fill.arg("secure-tool:revoked");
        for number in 0..1000 {
            fill.arg(far).arg(format!("{:032x}", batch * 1000 + number));
        }
        fill.exec(&mut connection).unwrap();
    }
    state.revoke(b"second", Duration::from_secs(60)).await.unwrap_err();
    assert!(!state.is_revoked(b"second").await.unwrap());
    assert!(state.is_revoked(b"first").await.unwrap(), "what was there stays");
    // And for longer, if that is wanted.
    state.revoke(b"first", Duration::from_secs(120)).await.unwrap();
    // What is no list of ours is an outage, and not an empty list.
    redis::cmd("ZADD").arg("secure-tool:revoked").arg(far).arg("x").exec(&mut connection).unwrap();
    state.is_revoked(b"first").await.unwrap_err();
}

#[tokio::test]
async fn a_limit_that_was_stored_wrongly_heals() {
    let Some(server) = RedisServer::start() else { return };
    let (guarded, _) = instance(redis(&server.url()));
    assert_eq!(in_a_row(&guarded, "single").await, 1);
    // As if the server's clock had been set back by a century.
    let mut connection = server.connection();
    let keys: Vec<String> = redis::cmd("KEYS").arg("*").query(&mut connection).unwrap();
    redis::cmd("SET").arg(&keys[0]).arg("4900000000000000").exec(&mut connection).unwrap();
    let refused = guarded.call(&somebody("ada"), "single", json!({})).await;
    let wait = refusal(&refused).unwrap()["retryAfterMs"].as_u64().unwrap();
    assert!(wait <= 86_400_000 / u64::from(BURST), "{wait}");
    // What is no number is an outage, and refused.
    redis::cmd("SET").arg(&keys[0]).arg("x").exec(&mut connection).unwrap();
    let refused = guarded.call(&somebody("ada"), "single", json!({})).await;
    assert_eq!(code(&refused).as_deref(), Some("unavailable"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn without_redis_calls_are_refused_and_the_cause_is_in_the_log() {
    let Some(mut server) = RedisServer::start() else { return };
    let (guarded, runs) = instance(brief(&server.url()));
    recovered(&guarded).await;
    let before = runs.get();
    server.kill();
    let counts = at_once(&[&guarded], 100).await;
    assert_eq!(counts, [("unavailable".to_owned(), 100)].into());
    assert_eq!(runs.get(), before);
    let refused = guarded.call(&somebody("ada"), "limited", json!({})).await;
    assert_eq!(text(&refused), "The service is busy. Call again in a moment.");
    let guess = guarded.try_call(&somebody("ada"), "no_such_tool", json!({})).await.unwrap();
    assert_eq!(code(&guess).as_deref(), Some("unavailable"));
    let record = guarded.records().await.pop().unwrap();
    assert_eq!((record.outcome, record.reason), (Outcome::Failed, "unavailable"));
    let cause = record.cause.unwrap();
    assert!(cause.starts_with("the shared state is out of reach: "), "{cause}");
}

/// Two instances are called all the time, while Redis comes and goes. Each time it comes it knows
/// nothing: then, and only then, there is one burst.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn redis_may_be_killed_and_restarted_under_load() {
    let Some(mut server) = RedisServer::start() else { return };
    let ((one, ran), (other, ran_too)) =
        (instance(brief(&server.url())), instance(brief(&server.url())));
    let ran = || ran.get() + ran_too.get();
    let load = tokio::spawn({
        let (one, other) = (one.clone(), other.clone());
        async move {
            loop {
                at_once(&[&one, &other], 20).await;
            }
        }
    });
    for life in 1..=3 {
        eventually("the burst", || (ran() >= life * BURST).then_some(())).await;
        // The load goes on, and nothing more is let through.
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert_eq!(ran(), life * BURST);
        server.kill();
        tokio::time::sleep(Duration::from_millis(200)).await;
        assert_eq!(ran(), life * BURST);
        server.restart();
    }
    eventually("the last burst", || (ran() >= 4 * BURST).then_some(())).await;
    load.abort();
}

#[tokio::test]
async fn each_instance_may_admit_its_share_instead() {
    let Some(mut server) = RedisServer::start() else { return };
    let choice = OnOutage::LocalShare { instances: 2 };
    let make = || instance(brief(&server.url()).on_outage(choice));
    let ((one, _), (other, _)) = (make(), make());
    counts_again(&one, &server).await;
    server.kill();
    assert_eq!(in_a_row(&one, "limited").await, BURST / 2);
    assert_eq!(in_a_row(&other, "limited").await, BURST / 2);
    assert_eq!(in_a_row(&one, "single").await, 1, "one at least");

    // What was served with Redis counts without it, too.
    server.restart();
    counts_again(&one, &server).await;
    let bob = somebody("bob");
    for _ in 0..BURST {
        assert_eq!(code(&one.call(&bob, "limited", json!({})).await), None);
    }
    server.kill();
    for _ in 0..5 {
        let refused = one.call(&bob, "limited", json!({})).await;
        assert_eq!(code(&refused).as_deref(), Some("rate_limited"));
        assert!(
            text(&refused).starts_with("Rate limit reached: at most 50 calls in 172800 seconds")
                || text(&refused).starts_with("Rate limit reached: at most 25 calls a day"),
            "{}",
            text(&refused)
        );
    }
}

/// The same load, on instances that may admit their share. It is one share for all outages together, for
/// nothing comes back; and each life of Redis has its burst.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn outages_under_load_give_one_share_and_no_more() {
    let Some(mut server) = RedisServer::start() else { return };
    let choice = OnOutage::LocalShare { instances: 2 };
    let make = || instance(brief(&server.url()).on_outage(choice));
    let ((one, ran), (other, ran_too)) = (make(), make());
    let ran = || ran.get() + ran_too.get();
    server.kill();
    let load = tokio::spawn({
        let (one, other) = (one.clone(), other.clone());
        async move {
            loop {
                at_once(&[&one, &other], 20).await;
            }
        }
    });
    for lives in 0..=3 {
        let most = 2 * (BURST / 2) + lives * BURST;
        eventually("the burst", || (ran() >= most).then_some(())).await;
        // The load goes on, with Redis and without it.
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert_eq!(ran(), most, "in life {lives}");
        if lives > 0 {
            server.kill();
            tokio::time::sleep(Duration::from_millis(200)).await;
            assert_eq!(ran(), most, "after life {lives}");
        }
        server.restart();
    }
    load.abort();
}

/// The time that calls take, one after the other.
async fn time(guarded: &Guarded, calls: u32) -> Duration {
    let started = Instant::now();
    for _ in 0..calls {
        let result = guarded.call(&somebody("ada"), "plenty", json!({})).await;
        assert_eq!(code(&result).as_deref(), Some("unavailable"));
    }
    started.elapsed()
}

#[tokio::test]
async fn a_server_that_accepts_and_never_answers_costs_a_bounded_wait() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("redis://{}", listener.local_addr().unwrap());
    let wait = Duration::from_millis(200);
    let (guarded, runs) = instance(redis(&url).wait(wait));
    let first = time(&guarded, 1).await;
    assert!(first >= wait && first < wait * 5, "{first:?}");
    // The others do not wait: together less than two would.
    let others = time(&guarded, 200).await;
    assert!(others < wait * 2, "{others:?}");
    assert_eq!(runs.get(), 0);
}

#[tokio::test]
async fn a_server_that_falls_silent_is_given_up_and_taken_back() {
    let Some(server) = RedisServer::start() else { return };
    let wait = Duration::from_millis(200);
    let (guarded, _) = instance(brief(&server.url()).wait(wait));
    recovered(&guarded).await;
    server.pause();
    // Three that wait, one that waits for another connection, and no more.
    let silent = time(&guarded, 200).await;
    assert!(silent >= wait * 3 && silent < wait * 8, "{silent:?}");
    server.go_on();
    recovered(&guarded).await;
}

#[tokio::test]
async fn a_call_that_waits_for_redis_can_be_dropped() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("redis://{}", listener.local_addr().unwrap());
    let (guarded, _) = instance(redis(&url).wait(support::PATIENCE * 2));
    let ada = somebody("ada");
    let call = guarded.call(&ada, "limited", json!({}));
    tokio::time::timeout(Duration::from_millis(100), call).await.unwrap_err();
    let record = guarded.record().await;
    assert_eq!((record.outcome, record.reason), (Outcome::Cancelled, "cancelled"));
}
