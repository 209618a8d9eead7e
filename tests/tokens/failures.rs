//! How often authentication may fail from one address.

use secure_tool_runtime::policy::Rate;
use secure_tool_runtime::prelude::*;

use crate::issuer::Issuer;
use crate::mint::{How, OTHERS, claims, signed, signed_by, with};
use crate::oauth;
use crate::server::{Answer, TestServer};

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
    let server = std::sync::Arc::new(server.await.unwrap());
    let attempts: Vec<_> = (0..100)
        .map(|number| {
            let (server, token) = (std::sync::Arc::clone(&server), forged(&issuer, number));
            tokio::spawn(async move { server.whoami(token).await.status })
        })
        .collect();
    let mut looked_at = 0;
    for attempt in attempts {
        looked_at += u32::from(attempt.await.unwrap() == 401);
    }
    assert_eq!(looked_at, 10);
}
