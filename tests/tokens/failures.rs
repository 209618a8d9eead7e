//! How often authentication may fail from one address.

use std::sync::Arc;
use std::time::Duration;

use secure_tool_runtime::policy::Rate;
use secure_tool_runtime::prelude::*;
use tokio::task::JoinSet;

use crate::issuer::Issuer;
use crate::mint::{How, OTHERS, claims, signed, signed_by, with};
use crate::oauth;
use crate::server::{Answer, TestServer};
use crate::support::eventually;

fn fresh(issuer: &Issuer, number: u32) -> String {
    signed(How::Ed, How::Ed.header(), with(claims(&issuer.url), "jti", number))
}

fn forged(issuer: &Issuer, number: u32) -> String {
    signed_by(&OTHERS, How::Ed, How::Ed.header(), with(claims(&issuer.url), "jti", number))
}

fn asks_to_wait(answer: &Answer) {
    assert_eq!(answer.status, 429, "{answer:?}");
    let seconds: u32 = answer.header("retry-after").parse().unwrap();
    assert!((1..=60).contains(&seconds), "{answer:?}");
}

#[tokio::test]
async fn who_fails_too_often_has_to_wait_and_nobody_else() {
    let issuer = Issuer::start().await;
    let rate = Rate::new(5, 3600, 5);
    let server = TestServer::start_with(oauth(&issuer), |server| server.failed_logins(rate));
    let server = server.await.unwrap();
    let known = fresh(&issuer, 0);
    assert_eq!(server.whoami(&known).await.status, 200);
    // The same bad token counts as often as it comes.
    for number in [1, 2, 3, 3, 3] {
        assert_eq!(server.whoami(forged(&issuer, number)).await.status, 401);
    }
    let refused = server.whoami(forged(&issuer, 3)).await;
    assert_eq!(refused.status, 429, "{refused:?}");
    assert!(refused.header("retry-after").parse::<u32>().unwrap() <= 3600);
    assert_eq!(server.whoami(forged(&issuer, 4)).await.status, 429);
    // Nothing is looked at any more: not even what is good.
    assert_eq!(server.whoami(fresh(&issuer, 1)).await.status, 429);
    // But who is known is served: others may share the address.
    assert_eq!(server.whoami(&known).await.status, 200);
    // And whoever brings nothing is told where to get it.
    assert_eq!(server.post("whoami", &[], "127.0.0.1").await.status, 401);
    // Another address is nobody's fault.
    assert_eq!(server.whoami_from("127.0.0.2", &fresh(&issuer, 2)).await.status, 200);
    assert_eq!(server.whoami_from("127.0.0.2", &forged(&issuer, 5)).await.status, 401);
    assert_eq!(server.runs.get(), 3);
}

#[tokio::test]
async fn users_for_development_are_guarded_too() {
    let users = DevelopmentUsers::new().user("alice", &["notes:read"], &[]);
    let server = TestServer::start(users).await;
    for number in 0..30 {
        assert_eq!(server.whoami(format!("dev_{number}")).await.status, 401);
    }
    asks_to_wait(&server.whoami("dev_30").await);
    asks_to_wait(&server.whoami("anything").await);
    assert_eq!(server.runs.get(), 0);
}

#[tokio::test]
async fn many_at_once_are_counted_each() {
    let issuer = Issuer::start().await;
    let rate = Rate::new(10, 3600, 10);
    let server = TestServer::start_with(oauth(&issuer), |server| server.failed_logins(rate));
    let server = Arc::new(server.await.unwrap());
    let attempts: Vec<_> = (0..100)
        .map(|number| {
            let (server, token) = (Arc::clone(&server), forged(&issuer, number));
            tokio::spawn(async move { server.whoami(token).await.status })
        })
        .collect();
    let mut looked_at = 0;
    for attempt in attempts {
        looked_at += u32::from(attempt.await.unwrap() == 401);
    }
    assert_eq!(looked_at, 10);
}

/// Opaque tokens, at an issuer that takes its time.
async fn slow(rate: u32, delay: Duration) -> (Issuer, Arc<TestServer>) {
    let issuer = Issuer::start().await;
    let callers = oauth(&issuer).introspect("id", "secret".to_owned().into());
    let rate = Rate::new(rate, 3600, rate);
    let server = TestServer::start_with(callers, |server| server.failed_logins(rate));
    let server = Arc::new(server.await.unwrap());
    // The issuer is found, and so are its keys.
    issuer.knows("first", opaque("first"));
    assert_eq!(server.whoami("first").await.status, 200);
    issuer.takes_its_time(delay);
    (issuer, server)
}

fn opaque(subject: &str) -> serde_json::Value {
    serde_json::json!({ "active": true, "sub": subject, "aud": crate::mint::AUDIENCE,
                        "exp": crate::mint::now() + 600, "scope": "notes:read" })
}

fn at_once(server: &Arc<TestServer>, number: u32, token: fn(u32) -> String) -> JoinSet<u16> {
    let mut all = JoinSet::new();
    for number in 0..number {
        let server = Arc::clone(server);
        all.spawn(async move { server.whoami(token(number)).await.status });
    }
    all
}

#[tokio::test]
async fn no_burst_gets_past_the_limit_while_the_first_are_looked_at() {
    let (issuer, server) = slow(5, Duration::from_millis(300)).await;
    let statuses = at_once(&server, 40, |number| format!("bad-{number}")).join_all().await;
    assert_eq!(statuses.iter().filter(|status| **status == 401).count(), 5, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == 429).count(), 35, "{statuses:?}");
    assert_eq!(issuer.introspected().len(), 1 + 5);
}

#[tokio::test]
async fn good_ones_at_once_wait_for_each_other_and_are_all_let_in() {
    let (issuer, server) = slow(3, Duration::from_millis(20)).await;
    for number in 0..30 {
        issuer.knows(&format!("good-{number}"), opaque("alice"));
    }
    let statuses = at_once(&server, 30, |number| format!("good-{number}")).join_all().await;
    assert_eq!(statuses, [200; 30]);
    // And none of it was counted.
    let statuses = at_once(&server, 10, |number| format!("bad-{number}")).join_all().await;
    assert_eq!(statuses.iter().filter(|status| **status == 401).count(), 3, "{statuses:?}");
}

#[tokio::test]
async fn who_goes_away_before_the_answer_has_failed() {
    let (issuer, server) = slow(4, Duration::from_secs(3600)).await;
    let mut gone = at_once(&server, 4, |number| format!("bad-{number}"));
    eventually("the issuer to be asked", || (issuer.introspected().len() == 5).then_some(())).await;
    gone.abort_all();
    while gone.join_next().await.is_some() {}
    issuer.takes_its_time(Duration::ZERO);
    issuer.knows("good", opaque("alice"));
    assert_eq!(server.whoami("good").await.status, 429);
    assert_eq!(issuer.introspected().len(), 5, "nobody was asked any more");
    assert_eq!(server.whoami("first").await.status, 200, "who is known is served");
}

#[tokio::test]
async fn an_issuer_that_is_down_is_nobodys_failure() {
    let (issuer, server) = slow(2, Duration::ZERO).await;
    issuer.answers(500);
    for number in 0..6 {
        assert_eq!(server.whoami(format!("good-{number}")).await.status, 503);
    }
    issuer.answers(200);
    issuer.knows("good-7", opaque("alice"));
    assert_eq!(server.whoami("good-7").await.status, 200);
}
