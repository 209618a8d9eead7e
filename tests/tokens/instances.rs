//! Several instances that share, on a Redis server, what they know of failures and revoked tokens.

use std::sync::Arc;
use std::time::{Duration, Instant};

use secure_tool_runtime::policy::Rate;
use secure_tool_runtime::prelude::*;
use secure_tool_runtime::shared::{OnOutage, Redis, SharedState};
use serde_json::json;
use tokio::task::JoinSet;

use crate::issuer::Issuer;
use crate::mint::{AUDIENCE, How, OTHERS, claims, now, signed, signed_by, turned, with};
use crate::oauth;
use crate::server::TestServer;
use crate::support::PATIENCE;
use crate::support::redis::RedisServer;

const RATE: Rate = Rate::new(6, 86_400, 6);

const MONTH: Duration = Duration::from_secs(31 * 86_400);

fn redis(server: &RedisServer) -> Redis {
    Redis::new(server.url(), "a secret of the instances".repeat(2)).unwrap().wait(PATIENCE)
}

async fn instance(callers: impl Into<Callers>, state: impl Into<SharedState>) -> TestServer {
    let options = |server: Server<Callers>| server.failed_logins(RATE).shared_state(state);
    TestServer::start_with(callers, options).await.unwrap()
}

/// Two instances of a server with tokens of the issuer, JWTs and opaque ones.
async fn two(issuer: &Issuer, state: impl Fn() -> Redis) -> [TestServer; 2] {
    let callers = || oauth(issuer).introspect("id", "secret".to_owned().into());
    [instance(callers(), state()).await, instance(callers(), state()).await]
}

fn good(issuer: &Issuer, number: u32) -> String {
    signed(How::Ed, How::Ed.header(), with(claims(&issuer.url), "jti", number))
}

fn forged(issuer: &Issuer, number: u32) -> String {
    signed_by(&OTHERS, How::Ed, How::Ed.header(), with(claims(&issuer.url), "jti", number))
}

/// Waits until a token is refused for good; how long that took.
async fn refused(server: &TestServer, token: &str) -> Duration {
    let since = Instant::now();
    while server.whoami(token).await.status != 401 {
        assert!(since.elapsed() < PATIENCE, "it is served still");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    since.elapsed()
}

async fn served_again(server: &TestServer, token: &str) {
    let until = Instant::now() + PATIENCE;
    while server.whoami(token).await.status != 200 {
        assert!(Instant::now() < until, "it does not recover");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn failures_count_together_and_for_their_address_alone() {
    let Some(store) = RedisServer::start() else { return };
    let issuer = Issuer::start().await;
    let [one, other] = two(&issuer, || redis(&store)).await;
    // Made once: one of the next second is another one.
    let known = good(&issuer, 100);
    for number in 0..10 {
        // Good ones count nothing, wherever they come from.
        assert_eq!(one.whoami(good(&issuer, 101 + number)).await.status, 200);
    }
    assert_eq!(one.whoami(&known).await.status, 200);
    for number in 0..3 {
        assert_eq!(one.whoami(forged(&issuer, number)).await.status, 401);
        assert_eq!(other.whoami(forged(&issuer, 10 + number)).await.status, 401);
    }
    for server in [&one, &other] {
        assert_eq!(server.whoami(forged(&issuer, 20)).await.status, 429);
        // What was never seen is not looked at, what is known is served.
        assert_eq!(server.whoami(good(&issuer, 200)).await.status, 429);
        assert_eq!(server.whoami_from("127.0.0.2", &good(&issuer, 200)).await.status, 200);
    }
    assert_eq!(one.whoami(&known).await.status, 200);
}

#[tokio::test]
async fn what_takes_nothing_to_refuse_counts_together_as_well() {
    let Some(store) = RedisServer::start() else { return };
    let users = || DevelopmentUsers::new().user("alice", &["notes:read"], &[]);
    let (one, other) =
        (instance(users(), redis(&store)).await, instance(users(), redis(&store)).await);
    for number in 0..6 {
        assert_eq!(one.whoami(format!("dev_{number}")).await.status, 401);
    }
    assert_eq!(other.whoami("dev_7").await.status, 429);
}

#[tokio::test]
async fn no_burst_at_several_instances_gets_past_the_limit() {
    let Some(store) = RedisServer::start() else { return };
    let issuer = Issuer::start().await;
    let servers = two(&issuer, || redis(&store)).await.map(Arc::new);
    issuer.takes_its_time(Duration::from_millis(100));
    let mut tasks = JoinSet::new();
    for number in 0..60 {
        let server = Arc::clone(&servers[number % 2]);
        tasks.spawn(async move { server.whoami(format!("bad-{number}")).await.status });
    }
    let statuses = tasks.join_all().await;
    assert_eq!(statuses.iter().filter(|status| **status == 401).count(), 6, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == 429).count(), 54, "{statuses:?}");
    assert_eq!(issuer.introspected().len(), 6);
}

#[tokio::test]
async fn a_flood_at_one_instance_does_not_become_one_at_the_store() {
    let Some(store) = RedisServer::start() else { return };
    let users = DevelopmentUsers::new().user("alice", &["notes:read"], &[]);
    let server = instance(users, redis(&store)).await;
    for number in 0..100 {
        let _ = server.whoami(format!("dev_{number}")).await;
    }
    let asked = evaluated(&store);
    assert!(asked <= 7, "{asked}");
}

/// How many scripts were run there.
fn evaluated(store: &RedisServer) -> u32 {
    let mut connection = store.connection();
    let info: String = redis::cmd("INFO").arg("commandstats").query(&mut connection).unwrap();
    let calls = info.lines().find_map(|line| line.strip_prefix("cmdstat_evalsha:calls="));
    calls.and_then(|calls| calls.split(',').next()).map_or(0, |calls| calls.parse().unwrap())
}

#[tokio::test]
async fn a_revoked_token_is_refused_by_all_although_they_know_it() {
    let Some(store) = RedisServer::start() else { return };
    let issuer = Issuer::start().await;
    let servers = two(&issuer, || redis(&store)).await;
    let operator = SharedState::from(redis(&store));
    issuer.knows(
        "opaque",
        json!({ "active": true, "sub": "bob", "aud": AUDIENCE,
                                   "exp": now() + 600, "scope": "notes:read" }),
    );
    let (jwt, kept) = (good(&issuer, 1), good(&issuer, 2));
    for server in &servers {
        for token in [jwt.as_str(), "opaque", &kept] {
            assert_eq!(server.whoami(token).await.status, 200);
        }
    }
    for token in [jwt.as_str(), "opaque"] {
        operator.revoke_token(&token.to_owned().into(), MONTH).await.unwrap();
    }
    let ran = servers[0].runs.get();
    for server in &servers {
        for token in [jwt.as_str(), "opaque"] {
            let took = refused(server, token).await;
            // A second, and what a busy machine adds.
            assert!(took < Duration::from_secs(3), "{took:?}");
        }
        assert_eq!(server.whoami(&kept).await.status, 200, "another one of the same caller");
    }
    let before = servers[0].runs.get();
    assert!(before > ran);
    let answer = servers[0].whoami(&jwt).await;
    assert_eq!(answer.status, 401);
    assert!(answer.header("www-authenticate").contains("invalid_token"), "{answer:?}");
    assert_eq!(servers[0].runs.get(), before, "it does not run");
    // The token has failed: it is not in the store, nor anything that it could be found by.
    let mut connection = store.connection();
    let keys: Vec<String> = redis::cmd("KEYS").arg("*").query(&mut connection).unwrap();
    let list = keys.iter().find(|key| key.ends_with(":revoked")).unwrap();
    let members: Vec<String> =
        redis::cmd("ZRANGE").arg(list).arg(0).arg(-1).query(&mut connection).unwrap();
    let digests = [&jwt, "opaque"].map(|token: &str| {
        use sha2::Digest;
        sha2::Sha256::digest(token).iter().map(|byte| format!("{byte:02x}")).collect::<String>()
    });
    assert_eq!(members.len(), 2);
    assert!(members.iter().all(|member| digests.iter().all(|digest| !digest.contains(member))));
}

#[tokio::test]
async fn a_revoked_token_is_refused_with_another_signature_of_its_own() {
    let Some(store) = RedisServer::start() else { return };
    let issuer = Issuer::start().await;
    let servers = two(&issuer, || redis(&store)).await;
    let token = signed(How::Es256, How::Es256.header(), claims(&issuer.url));
    let variant = turned(&token);
    assert_ne!(token, variant);
    for server in &servers {
        assert_eq!(server.whoami(&variant).await.status, 200, "it is as good");
    }
    let operator = SharedState::from(redis(&store));
    operator.revoke_token(&token.clone().into(), MONTH).await.unwrap();
    for server in &servers {
        refused(server, &token).await;
        assert_eq!(server.whoami(&variant).await.status, 401);
        let kept = signed(How::Es256, How::Es256.header(), with(claims(&issuer.url), "jti", 2));
        assert_eq!(server.whoami(&kept).await.status, 200, "another one of the same caller");
    }
}

#[tokio::test]
async fn a_revocation_costs_calls_no_round_trip_of_their_own() {
    let Some(store) = RedisServer::start() else { return };
    let issuer = Issuer::start().await;
    let server = instance(oauth(&issuer), redis(&store)).await;
    let token = good(&issuer, 1);
    assert_eq!(server.whoami(&token).await.status, 200);
    let (asked, since) = (evaluated(&store), Instant::now());
    for _ in 0..100 {
        assert_eq!(server.whoami(&token).await.status, 200);
    }
    let seconds = u32::try_from(since.elapsed().as_secs()).unwrap() + 1;
    let asked = evaluated(&store) - asked;
    // One for the rate of each, and one for all of a second.
    assert!((100..=100 + seconds).contains(&asked), "{asked} in {seconds} s");
}

#[tokio::test]
async fn what_was_revoked_stays_so_when_the_store_forgets_it_and_ends_in_time() {
    let Some(mut store) = RedisServer::start() else { return };
    let issuer = Issuer::start().await;
    let lenient = Rate::new(10_000, 1, 10_000);
    let state = redis(&store).wait(Duration::from_millis(500));
    let options = |server: Server<Callers>| server.failed_logins(lenient).shared_state(state);
    let server = TestServer::start_with(oauth(&issuer), options).await.unwrap();
    let operator = SharedState::from(redis(&store));
    let (token, brief, kept) = (good(&issuer, 1), good(&issuer, 2), good(&issuer, 3));
    for token in [&token, &brief, &kept] {
        assert_eq!(server.whoami(token).await.status, 200);
    }
    operator.revoke_token(&brief.clone().into(), Duration::from_millis(1500)).await.unwrap();
    operator.revoke_token(&token.clone().into(), MONTH).await.unwrap();
    // Revoking again for a shorter time does not shorten it.
    operator.revoke_token(&token.clone().into(), Duration::from_millis(1)).await.unwrap();
    refused(&server, &token).await;
    served_again(&server, &brief).await;
    store.kill();
    store.restart();
    served_again(&server, &kept).await;
    assert_eq!(server.whoami(&token).await.status, 401, "it is known here");
    let digest = {
        use sha2::Digest;
        sha2::Sha256::digest(&token)
    };
    let there = SharedState::from(redis(&store)).is_revoked(&digest).await.unwrap();
    assert!(!there, "and not there any more");
}

#[tokio::test]
async fn without_the_store_nobody_is_let_in() {
    let Some(mut store) = RedisServer::start() else { return };
    let issuer = Issuer::start().await;
    let server = instance(oauth(&issuer), redis(&store).wait(Duration::from_millis(200))).await;
    let token = good(&issuer, 1);
    assert_eq!(server.whoami(&token).await.status, 200);
    let ran = server.runs.get();
    store.kill();
    tokio::time::sleep(Duration::from_millis(1100)).await;
    for token in [&token, &good(&issuer, 2), &forged(&issuer, 3)] {
        let answer = server.whoami(token).await;
        assert_eq!((answer.status, answer.header("retry-after")), (503, "1"), "{answer:?}");
    }
    assert_eq!(server.runs.get(), ran);
    store.restart();
    served_again(&server, &token).await;
    assert_eq!(server.whoami(forged(&issuer, 4)).await.status, 401);
}

#[tokio::test]
async fn or_each_instance_goes_by_what_it_knows_and_forgives_its_share() {
    let Some(mut store) = RedisServer::start() else { return };
    let issuer = Issuer::start().await;
    let state = || {
        let choice = OnOutage::LocalShare { instances: 2 };
        redis(&store).wait(Duration::from_millis(200)).on_outage(choice)
    };
    let server = instance(oauth(&issuer), state()).await;
    let operator = SharedState::from(state());
    let (token, revoked) = (good(&issuer, 1), good(&issuer, 2));
    assert_eq!(server.whoami(&token).await.status, 200);
    assert_eq!(server.whoami(&revoked).await.status, 200);
    operator.revoke_token(&revoked.clone().into(), MONTH).await.unwrap();
    refused(&server, &revoked).await;
    store.kill();
    tokio::time::sleep(Duration::from_millis(1100)).await;
    assert_eq!(server.whoami(&token).await.status, 200);
    // That was one of the three which are its half of six.
    assert_eq!(server.whoami(&revoked).await.status, 401);
    assert_eq!(server.whoami(forged(&issuer, 1)).await.status, 401);
    assert_eq!(server.whoami(forged(&issuer, 2)).await.status, 429);
    assert_eq!(server.whoami(&token).await.status, 200);
}
