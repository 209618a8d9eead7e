//! Tokens that are fine: without them, refusing everything would pass the other tests.

use std::time::Duration;

use secure_tool_runtime::server::oauth::Algorithm;
use serde_json::json;

use crate::issuer::Issuer;
use crate::mint::{AUDIENCE, How, claims, now, signed, with};
use crate::oauth;
use crate::server::TestServer;

#[tokio::test]
async fn good_tokens_are_served() {
    let issuer = Issuer::start().await;
    let server = TestServer::start(oauth(&issuer)).await;
    let fine = || claims(&issuer.url);
    let header = How::Rs256.header();
    let mut count = 0;
    for (what, token) in [
        ("RS256", signed(How::Rs256, How::Rs256.header(), fine())),
        ("PS256", signed(How::Ps256, How::Ps256.header(), fine())),
        ("ES256", signed(How::Es256, How::Es256.header(), fine())),
        ("ES384", signed(How::Es384, How::Es384.header(), fine())),
        ("EdDSA", signed(How::Ed, How::Ed.header(), fine())),
        ("no kid", signed(How::Ed, with(How::Ed.header(), "kid", ()), fine())),
        (
            "a long typ",
            signed(How::Rs256, with(header.clone(), "typ", "Application/AT+JWT"), fine()),
        ),
        ("audiences", signed(How::Rs256, &header, with(fine(), "aud", json!([AUDIENCE, "x"])))),
        ("a fraction", signed(How::Rs256, &header, with(fine(), "exp", now() as f64 + 60.5))),
        ("a clock ahead", signed(How::Rs256, &header, with(fine(), "iat", now() + 20))),
        ("a clock behind", signed(How::Rs256, &header, with(fine(), "exp", now() - 5))),
        ("nbf", signed(How::Rs256, &header, with(fine(), "nbf", now() - 5))),
        ("a family of scopes", signed(How::Rs256, &header, with(fine(), "scope", "x notes:*"))),
        ("unknown claims", signed(How::Rs256, &header, with(fine(), "x", json!({ "y": [1] })))),
    ] {
        let answer = server.whoami(&token).await;
        assert_eq!((answer.status, answer.text().as_str()), (200, "alice"), "{what}: {answer:?}");
        count += 1;
    }
    assert_eq!(server.runs.get(), count);
    assert_eq!(issuer.fetches(), 1, "the keys are fetched once");
}

#[tokio::test]
async fn claims_are_read_as_the_author_says() {
    let issuer = Issuer::start().await;
    let callers = oauth(&issuer)
        .accept_untyped()
        .scope_claim("scp")
        .roles_claim("/realm_access/roles")
        .subject_prefix("staff:");
    let server = TestServer::start(callers).await;
    let claims = with(claims(&issuer.url), "scp", json!(["notes:read", "notes:admin"]));
    let claims = with(claims, "realm_access", json!({ "roles": ["admin"] }));
    let untyped = with(How::Es256.header(), "typ", ());
    let token = signed(How::Es256, &untyped, &claims);
    assert_eq!(server.whoami(&token).await.text(), "staff:alice");
    assert_eq!(server.call("administer", &token).await.json()["result"]["isError"], false);
    let typed = signed(How::Es256, with(untyped, "typ", "JWT"), with(claims, "realm_access", ()));
    assert_eq!(server.call("administer", &typed).await.json()["result"]["isError"], true);
    assert_eq!(server.runs.get(), 2);
}

#[tokio::test]
async fn lifetime_leeway_and_algorithms_are_as_the_author_says() {
    let issuer = Issuer::start().await;
    let callers = oauth(&issuer)
        .max_lifetime(Duration::from_secs(600))
        .leeway(Duration::from_secs(120))
        .algorithms([Algorithm::ES256, Algorithm::EdDSA]);
    let server = TestServer::start(callers).await;
    let lived = |from: i64, to: i64| {
        with(with(claims(&issuer.url), "iat", now() + from), "exp", now() + to)
    };
    for (what, how, claims, status) in [
        ("as long as it may", How::Es256, lived(-10, 590), 200),
        ("longer than it may", How::Es256, lived(-10, 591), 401),
        ("ended within the leeway", How::Ed, lived(-300, -100), 200),
        ("ended before it", How::Ed, lived(-300, -125), 401),
        ("of a clock ahead within it", How::Ed, lived(110, 400), 200),
        ("another algorithm", How::Rs256, lived(-10, 300), 401),
    ] {
        let token = signed(how, how.header(), claims);
        assert_eq!(server.whoami(&token).await.status, status, "{what}");
    }
}
