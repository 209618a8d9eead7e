use std::time::{Duration, Instant};

use super::expiring::Expiring;
use super::*;

const MINUTE: Duration = Duration::from_secs(60);

fn memory(capacity: usize) -> SharedState {
    SharedState::new(Memory::new(capacity), &"s".repeat(32).into()).unwrap()
}

fn limit(state: &SharedState, who: &str, burst: u32) -> Limit {
    Limit { key: state.key("test", &[who.as_bytes()]), rate: Rate::new(burst, 86_400, burst) }
}

#[tokio::test]
async fn memory_counts_against_all_limits_or_none() {
    let state = memory(100);
    let (wide, narrow) = (limit(&state, "wide", 3), limit(&state, "narrow", 1));
    let both = [wide, narrow];
    state.admit(&both).await.unwrap().unwrap();
    let exceeded = state.admit(&both).await.unwrap().unwrap_err();
    assert!(exceeded.retry_after > Duration::from_secs(86_000));
    // The refused call took nothing from the wide one.
    for _ in 0..2 {
        state.admit(&[wide]).await.unwrap().unwrap();
    }
    state.admit(&[wide]).await.unwrap().unwrap_err();
}

#[test]
fn a_jwt_has_one_name_whatever_its_signature_looks_like() {
    let name = token_name("eyJh.eyJz.c2ln");
    assert_eq!(name, token_name("eyJh.eyJz.b3RoZXI"));
    assert_eq!(name, token_name("eyJh.eyJz."));
    assert_eq!(name, jwt_name(&digest("eyJh.eyJz")));
    assert_ne!(name, token_name("eyJh.eyJ0.c2ln"));
    // Nothing else has it, not even what was signed as a token of its own.
    assert_ne!(name, token_name("eyJh.eyJz"));
    // Others are known by all of their text, as entries of API keys know them.
    for other in
        ["stk_0", "v4.public.c2ln", "v4.public.b3RoZXI", "eyJh.eyJz.a.b.c", "eyJh", "..", ""]
    {
        assert_eq!(token_name(other), digest(other), "{other}");
    }
}

#[tokio::test]
async fn asking_takes_nothing() {
    let state = memory(100);
    let one = [limit(&state, "ada", 1)];
    for _ in 0..5 {
        state.would_admit(&one).await.unwrap().unwrap();
    }
    state.admit(&one).await.unwrap().unwrap();
    state.would_admit(&one).await.unwrap().unwrap_err();
}

#[tokio::test]
async fn a_nonce_is_good_once() {
    let state = memory(100);
    assert!(state.first_use(b"n", MINUTE).await.unwrap());
    assert!(!state.first_use(b"n", MINUTE).await.unwrap());
    assert!(state.first_use(b"m", MINUTE).await.unwrap());
}

#[tokio::test]
async fn what_is_revoked_is_no_nonce() {
    let state = memory(100);
    assert!(!state.is_revoked(b"t").await.unwrap());
    state.revoke(b"t", MINUTE).await.unwrap();
    assert!(state.is_revoked(b"t").await.unwrap());
    assert!(state.first_use(b"t", MINUTE).await.unwrap());
}

#[test]
fn marks_expire_and_are_never_shortened() {
    let marks = Expiring::new(10);
    let key = memory(1).key("test", &[]);
    let now = Instant::now();
    assert!(marks.mark(key, now, MINUTE).unwrap());
    assert!(!marks.mark(key, now, Duration::ZERO).unwrap());
    let just_before = now + MINUTE - Duration::from_millis(1);
    assert_eq!(marks.left(just_before), [(key, Duration::from_millis(1))]);
    assert_eq!(marks.left(now + MINUTE), []);
    assert!(marks.mark(key, now + MINUTE, MINUTE).unwrap());
}

#[test]
fn a_full_table_refuses_rather_than_forgets() {
    let (state, marks) = (memory(1), Expiring::new(2));
    let [a, b, c] = ["a", "b", "c"].map(|name| state.key("test", &[name.as_bytes()]));
    let now = Instant::now();
    marks.mark(a, now, MINUTE).unwrap();
    marks.mark(b, now, MINUTE * 2).unwrap();
    marks.mark(c, now, MINUTE).unwrap_err();
    assert!(!marks.mark(a, now, MINUTE).unwrap(), "known ones are told apart still");
    assert!(marks.mark(c, now + MINUTE, MINUTE).unwrap(), "one has expired");
    marks.mark(a, now, Duration::MAX).unwrap_err();
}

#[test]
fn neither_password_nor_secret_is_shown() {
    let secret = "hush".repeat(8);
    let redis = Redis::new("redis://user:pass-word@127.0.0.1:1/", secret.as_str()).unwrap();
    let mut shown = format!("{redis:?}");
    shown += &format!("{:?}", SharedState::from(redis));
    assert!(!shown.contains("hush") && !shown.contains("pass-word"), "{shown}");
    let error = Redis::new("http://user:pass-word@host/", secret).unwrap_err().to_string();
    assert!(!error.contains("pass-word") && error.contains("redis://"), "{error}");
}
