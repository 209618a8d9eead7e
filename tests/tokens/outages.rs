//! Keys that change, and issuers that are down, slow, hostile or wrong.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::issuer::Issuer;
use crate::mint::{How, KEYS, OTHERS, claims, signed, signed_by, with};
use crate::server::TestServer;
use crate::support::PATIENCE;
use crate::{hasty, oauth};

const SOON: Duration = Duration::from_millis(50);
const LATER: Duration = Duration::from_secs(600);

fn token(issuer: &Issuer, kid: &str) -> String {
    signed(How::Ed, with(How::Ed.header(), "kid", kid), claims(&issuer.url))
}

/// Of the keys that the issuer changes to, under names that end so.
fn new_token(issuer: &Issuer, suffix: &str) -> String {
    let header = with(How::Es256.header(), "kid", format!("es256{suffix}"));
    signed_by(&OTHERS, How::Es256, header, claims(&issuer.url))
}

/// Asks again and again until the answer has that status.
async fn until(server: &TestServer, token: &str, status: u16) {
    let end = Instant::now() + PATIENCE;
    loop {
        let answer = server.whoami(token).await;
        if answer.status == status {
            return;
        }
        assert!(Instant::now() < end, "waited too long for {status}: {answer:?}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn a_new_key_is_fetched_when_a_token_names_it() {
    let issuer = Issuer::start().await;
    let server = TestServer::lenient(hasty(&issuer)).await;
    assert_eq!(server.whoami(token(&issuer, "ed")).await.status, 200);
    let new = new_token(&issuer, "-2");
    issuer.has_keys(&[KEYS.jwks(""), OTHERS.jwks("-2")].concat());
    until(&server, &new, 200).await;
    assert_eq!(server.whoami(token(&issuer, "ed")).await.status, 200, "the old key is still there");
    assert_eq!(issuer.fetches(), 2);
}

#[tokio::test]
async fn a_key_that_is_gone_is_good_for_nothing_even_from_memory() {
    let issuer = Issuer::start().await;
    let server = TestServer::lenient(hasty(&issuer).refresh_every(SOON)).await;
    let old = token(&issuer, "ed");
    assert_eq!(server.whoami(&old).await.status, 200);
    issuer.has_keys(&OTHERS.jwks("-2"));
    until(&server, &old, 401).await;
    assert_eq!(server.whoami(new_token(&issuer, "-2")).await.status, 200);
    // The same name, another key.
    issuer.has_keys(&OTHERS.jwks(""));
    until(&server, &new_token(&issuer, ""), 200).await;
    assert_eq!(server.whoami(&old).await.status, 401);
}

#[tokio::test]
async fn a_flood_of_unknown_keys_is_one_request() {
    let issuer = Issuer::start().await;
    let interval = Duration::from_millis(300);
    let callers = oauth(&issuer).min_refetch_interval(interval);
    let server = Arc::new(TestServer::lenient(callers).await);
    assert_eq!(server.whoami(token(&issuer, "ed")).await.status, 200);
    assert_eq!(issuer.fetches(), 1);
    tokio::time::sleep(interval).await;
    issuer.takes_its_time(Duration::from_millis(50));
    let begun = Instant::now();
    let flood: Vec<_> = (0..200)
        .map(|number| {
            let (server, token) = (Arc::clone(&server), token(&issuer, &format!("kid-{number}")));
            tokio::spawn(async move { server.whoami(token).await.status })
        })
        .collect();
    for attempt in flood {
        assert_eq!(attempt.await.unwrap(), 401);
    }
    // On a machine so slow that the interval passes, one more is right.
    let intervals = begun.elapsed().as_millis() / interval.as_millis();
    let fetches = u128::from(issuer.fetches());
    assert!((2..=2 + intervals).contains(&fetches), "{fetches} in {intervals} intervals");
}

#[tokio::test]
async fn keys_are_served_stale_for_a_time_and_then_refused() {
    let issuer = Issuer::start().await;
    let stale = Duration::from_secs(2);
    let callers = hasty(&issuer).refresh_every(SOON).stale_for(stale);
    let server = TestServer::lenient(callers).await;
    let (known, fresh) = (token(&issuer, "ed"), claims(&issuer.url));
    assert_eq!(server.whoami(&known).await.status, 200);
    let down = Instant::now();
    issuer.answers(500);
    let mut served = 0;
    while down.elapsed() < Duration::from_secs(1) {
        let another = signed(How::Ed, How::Ed.header(), with(fresh.clone(), "jti", served));
        let status = server.whoami(another).await.status;
        assert!(status == 200 || down.elapsed() > Duration::from_secs(1), "{status}");
        served += 1;
    }
    assert!(served > 0);
    until(&server, &known, 503).await;
    assert!(down.elapsed() < stale + Duration::from_secs(5), "{:?}", down.elapsed());
    let answer = server.whoami(&known).await;
    assert_eq!((answer.status, answer.header("retry-after")), (503, "1"), "{answer:?}");
    assert_eq!(answer.header("www-authenticate"), "", "the client keeps its token");
    issuer.answers(200);
    until(&server, &known, 200).await;
}

#[tokio::test]
async fn an_unknown_key_while_the_issuer_is_down_is_not_the_fault_of_the_token() {
    let issuer = Issuer::start().await;
    let server = TestServer::lenient(hasty(&issuer).refresh_every(LATER)).await;
    assert_eq!(server.whoami(token(&issuer, "ed")).await.status, 200);
    tokio::time::sleep(Duration::from_millis(100)).await;
    issuer.answers(500);
    assert_eq!(server.whoami(new_token(&issuer, "-2")).await.status, 503);
    assert_eq!(server.whoami(token(&issuer, "ed")).await.status, 200);
}

#[tokio::test]
async fn an_issuer_that_is_wrong_or_hostile_is_not_believed() {
    type Wrong = fn(&Issuer);
    let cases: [(&str, Wrong); 10] = [
        ("another issuer", |issuer| issuer.says("issuer", "https://evil.example")),
        ("a slash more", |issuer| issuer.says("issuer", format!("{}/", issuer.url))),
        ("no issuer", |issuer| issuer.says("issuer", Value::Null)),
        ("keys without TLS", |issuer| issuer.says("jwks_uri", "http://keys.example/jwks")),
        ("keys in a file", |issuer| issuer.says("jwks_uri", "file:///etc/passwd")),
        ("no keys", |issuer| issuer.has_keys(&[])),
        ("symmetric keys", |issuer| {
            issuer.has_keys(&[json!({ "kty": "oct", "k": "AAAA", "kid": "ed" })])
        }),
        ("garbage", |issuer| issuer.publishes("<html>")),
        ("doubled keys", |issuer| issuer.publishes("{\"keys\":[],\"keys\":[]}")),
        ("endless keys", |issuer| {
            issuer.publishes(format!(
                "{{\"x\":\"{}\",\"keys\":{}}}",
                "x".repeat(300_000),
                json!(KEYS.jwks(""))
            ));
        }),
    ];
    for (what, wrong) in cases {
        let issuer = Issuer::start().await;
        wrong(&issuer);
        let server = TestServer::lenient(hasty(&issuer)).await;
        let answer = server.whoami(token(&issuer, "ed")).await;
        assert_eq!(answer.status, 503, "{what}: {answer:?}");
        assert_eq!(server.runs.get(), 0, "{what}");
    }
}

#[tokio::test]
async fn an_issuer_that_hangs_is_not_waited_for() {
    let issuer = Issuer::start().await;
    issuer.takes_its_time(Duration::from_secs(3600));
    let server = TestServer::lenient(hasty(&issuer)).await;
    let begun = Instant::now();
    // Two places where the metadata may be, five seconds each, and once more for the one who waited.
    assert_eq!(server.whoami(token(&issuer, "ed")).await.status, 503);
    assert!(begun.elapsed() < Duration::from_secs(25), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn the_server_starts_before_its_issuer() {
    let issuer = Issuer::start().await;
    issuer.answers(503);
    let server = TestServer::lenient(hasty(&issuer)).await;
    assert_eq!(server.whoami(token(&issuer, "ed")).await.status, 503);
    issuer.answers(200);
    until(&server, &token(&issuer, "ed"), 200).await;
}

#[tokio::test]
async fn who_goes_away_while_the_issuer_is_asked_has_made_it_be_asked() {
    let interval = Duration::from_secs(1);
    let issuer = Issuer::start().await;
    let server = TestServer::lenient(oauth(&issuer).min_refetch_interval(interval)).await;
    assert_eq!(server.whoami(token(&issuer, "ed")).await.status, 200);
    issuer.takes_its_time(LATER);
    // It may be asked again from now on.
    tokio::time::sleep(interval).await;
    let began = Instant::now();
    for number in 0..6 {
        let unknown = token(&issuer, &format!("unknown-{number}"));
        // Mostly gone before there is an answer.
        let _ = tokio::time::timeout(SOON, server.whoami(&unknown)).await;
    }
    let intervals = began.elapsed().as_millis() / interval.as_millis();
    let most = 2 + u32::try_from(intervals).unwrap();
    assert!(issuer.fetches() <= most, "{} of {most}", issuer.fetches());
}
