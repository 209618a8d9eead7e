//! Opaque tokens, about which the issuer is asked.

use std::time::Duration;

use secrecy::SecretString;
use secure_tool_runtime::prelude::*;
use serde_json::{Value, json};

use crate::issuer::Issuer;
use crate::mint::{AUDIENCE, How, claims, now, signed, with};
use crate::server::TestServer;
use crate::{hasty, oauth};

fn secret() -> SecretString {
    "s:cret/ä".to_owned().into()
}

fn active() -> Value {
    json!({ "active": true, "sub": "alice", "aud": AUDIENCE, "exp": now() + 60,
            "scope": "notes:read", "token_type": "Bearer", "client_id": "x" })
}

#[tokio::test]
async fn the_issuer_is_asked_once_and_with_credentials() {
    let issuer = Issuer::start().await;
    issuer.knows("opaque-1", active());
    let server = TestServer::start(oauth(&issuer).introspect("our id", secret())).await;
    for _ in 0..3 {
        assert_eq!(server.whoami("opaque-1").await.text(), "alice");
        assert_eq!(server.whoami("opaque-2").await.status, 401);
    }
    let asked = issuer.introspected();
    let tokens: Vec<&str> = asked.iter().map(|(token, _)| token.as_str()).collect();
    assert_eq!(tokens, ["opaque-1", "opaque-2"]);
    // RFC 6749 §2.3.1: encoded as in a form, then as Basic.
    let basic = base64::Engine::encode(
        &base64::engine::general_purpose::STANDARD,
        "our+id:s%3Acret%2F%C3%A4",
    );
    assert_eq!(asked[0].1.as_deref(), Some(format!("Basic {basic}").as_str()));
    // JWTs are still checked here.
    let token = signed(How::Ed, How::Ed.header(), claims(&issuer.url));
    assert_eq!(server.whoami(&token).await.text(), "alice");
    assert_eq!(issuer.introspected().len(), 2);
}

#[tokio::test]
async fn what_the_issuer_does_not_vouch_for_is_refused() {
    let issuer = Issuer::start().await;
    let server = TestServer::lenient(oauth(&issuer).introspect("id", secret())).await;
    let cases = [
        ("inactive", with(active(), "active", false)),
        ("active as text", with(active(), "active", "true")),
        ("active missing", with(active(), "active", ())),
        ("another audience", with(active(), "aud", "https://other.example")),
        ("no audience", with(active(), "aud", ())),
        ("no subject", with(active(), "sub", ())),
        ("no end", with(active(), "exp", ())),
        ("expired", with(active(), "exp", now() - 60)),
        ("too long", with(active(), "exp", now() + 1_000_000)),
        ("another issuer", with(active(), "iss", "https://other.example")),
        ("bound to a key", with(active(), "cnf", json!({ "jkt": "x" }))),
        ("of another type", with(active(), "token_type", "DPoP")),
    ];
    for (what, answer) in cases {
        let token = format!("token-{}", what.replace(' ', "-"));
        issuer.knows(&token, answer);
        assert_eq!(server.whoami(&token).await.status, 401, "{what}");
    }
    issuer.knows("good", active());
    assert_eq!(server.whoami("good").await.status, 200);
    assert_eq!(server.runs.get(), 1);
}

#[tokio::test]
async fn an_issuer_that_does_not_answer_is_no_fault_of_the_token() {
    let issuer = Issuer::start().await;
    let server = TestServer::start(hasty(&issuer).introspect("id", secret())).await;
    issuer.knows("good", active());
    issuer.knows("other", active());
    assert_eq!(server.whoami("good").await.status, 200);
    issuer.answers(500);
    let answer = server.whoami("other").await;
    assert_eq!((answer.status, answer.header("retry-after")), (503, "1"), "{answer:?}");
    assert_eq!(server.whoami("good").await.status, 200, "from memory");
    issuer.answers(200);
    assert_eq!(server.whoami("other").await.status, 200);
}

#[tokio::test]
async fn keys_of_ours_are_not_shown_to_the_issuer() {
    let issuer = Issuer::start().await;
    let callers = Callers::from(oauth(&issuer).introspect("id", secret()))
        .or(DevelopmentUsers::new().user("bob", &["notes:read"], &[]));
    let server = TestServer::start(callers).await;
    for token in ["stk_00", "dev_00"] {
        assert_eq!(server.whoami(token).await.status, 401);
    }
    tokio::time::sleep(Duration::from_millis(1)).await;
    assert_eq!(issuer.introspected(), []);
}
