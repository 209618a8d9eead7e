//! Tokens that must not pass, each for one reason.

use std::io;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tracing::Level;
use tracing_subscriber::fmt::MakeWriter;

use crate::issuer::Issuer;
use crate::mint::{
    AUDIENCE, How, KEYS, OTHERS, claims, encode, hs256, message, now, signed, signed_by, with,
};
use crate::oauth;
use crate::server::TestServer;

/// Attacks on the form of a token.
fn forms(fine: &Value) -> Vec<(&'static str, String)> {
    let good = signed(How::Rs256, How::Rs256.header(), fine);
    let [header, payload, signature] = good.split('.').collect::<Vec<_>>()[..] else { panic!() };
    let es256 = signed(How::Es256, How::Es256.header(), fine);
    // The last digit of a signature of 256 bytes has four bits to spare, which must be zero.
    let last = good.chars().last().unwrap();
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let next = alphabet.chars().nth(alphabet.find(last).unwrap() + 1).unwrap();
    let other_spelling = format!("{}{next}", &good[..good.len() - 1]);
    let spaced = format!("{}.{payload}.{signature}", encode(format!(" {}", How::Rs256.header())));
    let at = es256.rfind('.').unwrap();
    let flipped = format!("{}A{}", &es256[..=at], &es256[at + 2..]);
    let flipped =
        if flipped == es256 { format!("{}B{}", &es256[..=at], &es256[at + 2..]) } else { flipped };
    vec![
        ("two parts", format!("{header}.{payload}")),
        ("an empty signature", format!("{header}.{payload}.")),
        ("an empty payload", format!("{header}..{signature}")),
        ("an empty header", format!(".{payload}.{signature}")),
        ("four parts", format!("{good}.{signature}")),
        (
            "five parts, as if encrypted",
            format!("{header}.{payload}.{payload}.{payload}.{signature}"),
        ),
        ("a trailing dot", format!("{good}.")),
        ("two trailing dots", format!("{good}..")),
        ("a leading dot", format!(".{good}")),
        ("padding", format!("{good}==")),
        ("padding in the header", format!("{header}=.{payload}.{signature}")),
        ("another spelling of the signature", other_spelling),
        ("white space in the signed header", spaced),
        ("white space between", format!("{header}. {payload}.{signature}")),
        ("a tab between", format!("{header}\t.{payload}.{signature}")),
        ("the other base64", format!("{header}.{payload}.{}", "+/".repeat(171))),
        ("a truncated signature", good[..good.len() - 4].to_owned()),
        ("a signature of one byte", format!("{header}.{payload}.AA")),
        (
            "zeros for an ES256 signature",
            format!("{}.{}", message(How::Es256.header(), fine), encode([0; 64])),
        ),
        ("a changed ES256 signature", flipped),
        ("an ES256 signature in DER", signed(How::Es256Der, How::Es256.header(), fine)),
        ("the payload of another token", {
            let other = encode(with(fine.clone(), "sub", "bob").to_string());
            format!("{header}.{other}.{signature}")
        }),
        (
            "longer than 8 KiB",
            signed(How::Rs256, How::Rs256.header(), with(fine.clone(), "x", "x".repeat(8000))),
        ),
        (
            "longer than 16 KiB",
            signed(How::Rs256, How::Rs256.header(), with(fine.clone(), "x", "x".repeat(16_000))),
        ),
        ("no token", "eyJ".into()),
        ("three dots", "...".into()),
        ("not ASCII", "eyé.é.é".into()),
    ]
}

/// Attacks on the choice of key and algorithm.
fn keys(fine: &Value) -> Vec<(&'static str, String)> {
    let rs = |header: Value| signed(How::Rs256, header, fine);
    let header = || How::Rs256.header();
    let public = KEYS.modulus();
    let none = |alg: &str| format!("{}.", message(with(header(), "alg", alg), fine));
    let dated = |alg: &str| format!("{}.AA", message(with(header(), "alg", alg), fine));
    let own = OTHERS.jwks("")[0].clone();
    let mut list = vec![
        ("alg none", none("none")),
        ("alg None", none("None")),
        ("alg nOnE with a signature", dated("nOnE")),
        ("no alg", rs(with(header(), "alg", ()))),
        ("alg null", signed(How::Rs256, r#"{"alg":null,"kid":"rs256","typ":"at+jwt"}"#, fine)),
        ("alg as a list", rs(with(header(), "alg", json!(["RS256"])))),
        ("alg in lower case", rs(with(header(), "alg", "rs256"))),
        ("alg unknown", rs(with(header(), "alg", "XS256"))),
        ("HS256 with the modulus", hs256(public.as_bytes(), with(header(), "alg", "HS256"), fine)),
        (
            "HS256 with the JWK",
            hs256(KEYS.jwks("")[0].to_string().as_bytes(), with(header(), "alg", "HS256"), fine),
        ),
        ("HS256 with nothing", hs256(b"", with(header(), "alg", "HS256"), fine)),
        ("RS512, which is not allowed", signed(How::Rs512, How::Rs512.header(), fine)),
        ("RS256 with the key for PS256", rs(with(header(), "kid", "ps256"))),
        (
            "PS256 with the key for RS256",
            signed(How::Ps256, with(How::Ps256.header(), "kid", "rs256"), fine),
        ),
        (
            "ES256 with the key for ES384",
            signed(How::Es256, with(How::Es256.header(), "kid", "es384"), fine),
        ),
        ("EdDSA with an RSA key", signed(How::Ed, with(How::Ed.header(), "kid", "rs256"), fine)),
        ("another kid", rs(with(header(), "kid", "nobody"))),
        ("the kid of another key", rs(with(header(), "kid", "es256"))),
        ("kid as a number", rs(with(header(), "kid", 1))),
        ("kid as an object", rs(with(header(), "kid", json!({ "$ne": "" })))),
        ("a long kid", rs(with(header(), "kid", "x".repeat(300)))),
        ("jku", rs(with(header(), "jku", "http://127.0.0.1:1/jwks"))),
        (
            "jku with another key",
            signed_by(&OTHERS, How::Rs256, with(header(), "jku", "http://127.0.0.1:1/"), fine),
        ),
        ("jwk", signed_by(&OTHERS, How::Rs256, with(header(), "jwk", own), fine)),
        ("x5u", rs(with(header(), "x5u", "https://127.0.0.1/cert"))),
        ("x5c", rs(with(header(), "x5c", json!(["MIIB"])))),
        ("crit", rs(with(header(), "crit", json!(["exp"])))),
        ("an empty crit", rs(with(header(), "crit", json!([])))),
        ("b64", rs(with(header(), "b64", false))),
        ("the key of somebody else", signed_by(&OTHERS, How::Rs256, header(), fine)),
        ("the EC key of somebody else", signed_by(&OTHERS, How::Es256, How::Es256.header(), fine)),
        ("typ JWT", rs(with(header(), "typ", "JWT"))),
        ("no typ", rs(with(header(), "typ", ()))),
        ("typ of a proof", rs(with(header(), "typ", "dpop+jwt"))),
        ("typ of a logout token", rs(with(header(), "typ", "logout+jwt"))),
        ("typ as a number", rs(with(header(), "typ", 1))),
        (
            "two algs",
            signed(
                How::Rs256,
                r#"{"alg":"none","alg":"RS256","kid":"rs256","typ":"at+jwt"}"#,
                fine,
            ),
        ),
        (
            "an escaped second alg",
            signed(
                How::Rs256,
                r#"{"alg":"RS256","\u0061lg":"none","kid":"rs256","typ":"at+jwt"}"#,
                fine,
            ),
        ),
        (
            "two kids",
            signed(How::Rs256, r#"{"alg":"RS256","kid":"x","kid":"rs256","typ":"at+jwt"}"#, fine),
        ),
        ("a header that is a list", signed(How::Rs256, "[]", fine)),
        ("a header that is garbage", signed(How::Rs256, "{\"alg\":", fine)),
    ];
    for (what, kid) in [
        ("kid as a path", "../../../../dev/null"),
        ("kid as SQL", "x' UNION SELECT 'key"),
        ("kid as a command", "rs256|whoami"),
        ("kid as a URL", "http://127.0.0.1:1/key"),
        ("kid with NUL", "rs256\0"),
        ("kid in upper case", "RS256"),
        ("an empty kid", ""),
        ("kid with a space", "rs256 "),
    ] {
        list.push((what, rs(with(header(), "kid", kid))));
    }
    list
}

/// Claims that are not those of a token for this server, now.
fn contents(fine: &Value) -> Vec<(&'static str, String)> {
    let text = fine.to_string();
    let exp = |value: &str| {
        text.replace(&format!("\"exp\":{}", fine["exp"]), &format!("\"exp\":{value}"))
    };
    let but = |name, value: Value| with(fine.clone(), name, value).to_string();
    let doubled = |member: &str| format!("{{{member},{}", &text[1..]);
    let issuer = fine["iss"].as_str().unwrap();
    vec![
        ("no iss", but("iss", Value::Null)),
        ("another iss", but("iss", json!("https://evil.example"))),
        ("iss with a slash", but("iss", json!(format!("{issuer}/")))),
        ("iss in upper case", but("iss", json!(issuer.to_uppercase()))),
        ("iss as a list", but("iss", json!([issuer]))),
        ("no aud", but("aud", Value::Null)),
        ("another aud", but("aud", json!("https://other.example/mcp"))),
        ("aud with a slash", but("aud", json!(format!("{AUDIENCE}/")))),
        ("a part of aud", but("aud", json!("https://notes.example"))),
        ("an empty list of aud", but("aud", json!([]))),
        ("a list of other auds", but("aud", json!(["https://a.example", "https://b.example"]))),
        ("an aud with a list in its list", but("aud", json!([[AUDIENCE]]))),
        ("an aud with a number in its list", but("aud", json!([AUDIENCE, 1]))),
        ("aud as an object", but("aud", json!({ "0": AUDIENCE }))),
        ("no exp", but("exp", Value::Null)),
        ("exp in the past", but("exp", json!(now() - 31))),
        ("exp of the epoch", but("exp", json!(0))),
        ("a negative exp", but("exp", json!(-1))),
        ("exp as text", but("exp", json!((now() + 60).to_string()))),
        ("exp as a list", but("exp", json!([now() + 60]))),
        ("exp null", exp("null")),
        ("exp 1e400", exp("1e400")),
        ("exp 1e300", exp("1e300")),
        ("exp in hexadecimal", exp("0xffffffff")),
        ("exp with a leading zero", exp(&format!("0{}", now() + 60))),
        ("exp NaN", exp("NaN")),
        ("exp Infinity", exp("Infinity")),
        ("exp of 64 bits", exp("18446744073709551615")),
        ("exp in a year", but("exp", json!(now() + 31_536_000))),
        ("exp before iat", but("exp", json!(now() - 20))),
        ("nbf in the future", but("nbf", json!(now() + 60))),
        ("nbf as text", but("nbf", json!("0"))),
        ("no iat", but("iat", Value::Null)),
        ("iat in the future", but("iat", json!(now() + 60))),
        ("iat long ago", but("iat", json!(now() - 100_000))),
        ("no sub", but("sub", Value::Null)),
        ("an empty sub", but("sub", json!(""))),
        ("sub as a number", but("sub", json!(1))),
        ("sub with a line break", but("sub", json!("alice\nadmin"))),
        ("sub with NUL", but("sub", json!("alice\0"))),
        ("a long sub", but("sub", json!("x".repeat(300)))),
        ("the sub of an API key", but("sub", json!("key:nightly"))),
        ("the sub of a certificate", but("sub", json!("cert:nightly"))),
        ("scope as a number", but("scope", json!(1))),
        ("scope with an object", but("scope", json!([{}]))),
        ("scope with a tab", but("scope", json!("notes:read\tx"))),
        ("cnf, as a token of a key has", but("cnf", json!({ "jkt": "x" }))),
        ("two subs", doubled("\"sub\":\"bob\"")),
        ("two exps", doubled("\"exp\":1")),
        ("two auds", doubled("\"aud\":\"https://other.example\"")),
        ("an escaped second iss", doubled(r#""\u0069ss":"https://evil.example""#)),
        ("claims that are a list", format!("[{text}]")),
        ("claims that are text", json!(text).to_string()),
        ("claims with a comma", text.replace('}', ",}")),
        ("claims and more", format!("{text}{text}")),
        ("claims with a mark", format!("\u{feff}{text}")),
        (
            "deep claims",
            but(
                "x",
                serde_json::from_str(&format!("{}{}", "[".repeat(60), "]".repeat(60))).unwrap(),
            ),
        ),
        ("no claims", String::new()),
    ]
    .into_iter()
    .map(|(what, claims)| (what, signed(How::Rs256, How::Rs256.header(), claims)))
    .collect()
}

/// True if that is a reason to refuse it: the claim or parameter that it is named after, or its form.
fn because(what: &str, reason: &str) -> bool {
    what.contains(reason)
        || match reason {
            "alg" => what.contains("with") || what.contains("kid") || what.contains("allowed"),
            "lifetime" => what.contains("exp") || what.contains("iat"),
            "header" => ["jku", "jwk", "x5", "crit", "b64", "alg", "kid", "tab"]
                .iter()
                .any(|name| what.contains(name)),
            "signature" => !what.contains("typ"),
            "claims" => ["exp", "two", "escaped", "claims"].iter().any(|name| what.contains(name)),
            "size" => what.contains("longer"),
            "form" => true,
            // Nobody takes it for a token.
            "unknown" => true,
            _ => false,
        }
}

/// What was logged, at whatever level.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Lines {
    fn take(&self) -> String {
        String::from_utf8(std::mem::take(&mut self.0.lock().unwrap())).unwrap()
    }
}

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Lines;

    fn make_writer(&'a self) -> Lines {
        self.clone()
    }
}

#[tokio::test]
async fn bad_tokens_are_refused_and_nothing_is_called() {
    let issuer = Issuer::start().await;
    let hour = std::time::Duration::from_secs(3600);
    let server = TestServer::lenient(oauth(&issuer).min_refetch_interval(hour)).await;
    let fine = claims(&issuer.url);
    let good = signed(How::Rs256, How::Rs256.header(), &fine);
    assert_eq!(server.whoami(&good).await.status, 200);
    let bad = [forms(&fine), keys(&fine), contents(&fine)].concat();
    assert!(bad.len() >= 40, "{}", bad.len());
    let lines = Lines::default();
    let subscriber = tracing_subscriber::fmt().with_writer(lines.clone()).with_ansi(false);
    // The server runs on this thread.
    let _logged =
        tracing::subscriber::set_default(subscriber.with_max_level(Level::TRACE).finish());
    for (what, token) in &bad {
        // The second time it is refused from memory.
        for _ in 0..2 {
            let answer = server.whoami(token).await;
            assert_eq!(answer.status, 401, "{what}: {answer:?}");
            let challenge = answer.header("www-authenticate");
            assert!(
                challenge.starts_with("Bearer error=\"invalid_token\", "),
                "{what}: {challenge}"
            );
            assert!(token.len() < 8 || !answer.head.contains(token), "{what}");
            assert_eq!(answer.body, "the bearer token is not valid\n", "{what}");
        }
        let logged = lines.take();
        let reason = logged.split("reason=\"").nth(1).and_then(|rest| rest.split('"').next());
        let reason = reason.unwrap_or_else(|| panic!("{what}: no reason is logged: {logged}"));
        assert!(because(what, reason), "{what}: refused, but for its {reason}");
        assert!(token.len() < 8 || !logged.contains(token), "{what}: {logged}");
    }
    // What HTTP itself does not let through.
    for (what, token) in [("NUL", &b"eyJ\0.a.b"[..]), ("a line break", b"eyJ\n.a.b")] {
        assert_eq!(server.whoami(token).await.status, 400, "{what}");
    }
    let huge = "x".repeat(1 << 20);
    assert!([400, 431].contains(&server.whoami(&huge).await.status));
    assert_eq!(server.runs.get(), 1, "only the good token");
    lines.take();
    assert_eq!(server.whoami(&good).await.status, 200);
    let logged = lines.take();
    let signature = good.rsplit('.').next().unwrap();
    assert!(!logged.contains(signature), "{logged}");
    assert_eq!(server.reasons(2).await, ["ok", "ok"]);
    assert_eq!(
        issuer.fetches(),
        1,
        "no bad token costs a request to the issuer within the interval"
    );
}

#[tokio::test]
async fn other_headers_are_no_way_in() {
    let issuer = Issuer::start().await;
    let server = TestServer::start(oauth(&issuer)).await;
    let good = signed(How::Rs256, How::Rs256.header(), claims(&issuer.url));
    let bearer = format!("Bearer {good}");
    for headers in [
        &[("Authorization", good.as_bytes())][..],
        &[("Authorization", format!("Basic {good}").as_bytes())],
        &[("Authorization", format!("DPoP {good}").as_bytes())],
        &[("Authorization", bearer.as_bytes()), ("Authorization", bearer.as_bytes())],
        &[("X-Authorization", bearer.as_bytes())],
        &[("Cookie", format!("access_token={good}").as_bytes())],
        &[("Authorization", format!("Bearer,{good}").as_bytes())],
        &[("Authorization", format!("Bearer {good},{good}").as_bytes())],
        &[("Authorization", format!("Bearer {good} {good}").as_bytes())],
    ] {
        let answer = server.post("whoami", headers, "127.0.0.1").await;
        assert_eq!(answer.status, 401, "{answer:?}");
    }
    assert_eq!(server.runs.get(), 0);
    assert_eq!(server.whoami(&good).await.status, 200);
}
