//! An issuer of tokens: one RSA key, its metadata and what it has signed.

use std::time::{SystemTime, UNIX_EPOCH};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair, RSA_PKCS1_SHA256};
use axum::Router;
use axum::routing::get;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::tools::SCOPE;

/// The server for which tokens are made.
pub(crate) const AUDIENCE: &str = "https://notes.example/mcp";

pub(crate) struct Issuer {
    pub(crate) url: String,
    /// The modulus of its key, in base64url. The exponent is 65537.
    pub(crate) modulus: String,
    /// Of a caller who may call.
    pub(crate) token: String,
    /// Of one who may not.
    pub(crate) other_scope: String,
    /// Of one whose signature is of another key.
    pub(crate) forged: String,
    _runtime: Runtime,
}

/// Starts one, for as long as this lives.
pub(crate) fn start() -> Issuer {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let runtime = runtime.expect("a runtime starts");
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0"));
    let listener = listener.expect("there is a port");
    let url = format!("http://{}", listener.local_addr().expect("it has an address"));
    let [key, other] = [(); 2].map(|()| RsaKeyPair::generate(KeySize::Rsa2048).expect("a key"));
    let modulus = encode(key.public_key().modulus().big_endian_without_leading_zero());
    let metadata = json!({ "issuer": url, "jwks_uri": format!("{url}/jwks") }).to_string();
    let jwk = json!({ "kty": "RSA", "use": "sig", "alg": "RS256", "kid": "1", "n": modulus, "e": "AQAB" });
    let jwks = json!({ "keys": [jwk] }).to_string();
    let router = Router::new()
        .route("/.well-known/openid-configuration", get(async move || metadata))
        .route("/jwks", get(async move || jwks));
    runtime.spawn(async move { axum::serve(listener, router).await });
    let claims = |scope: &str| claims(&url, scope);
    Issuer {
        token: sign(&key, &claims(SCOPE)),
        other_scope: sign(&key, &claims("notes:none")),
        forged: sign(&other, &claims(SCOPE)),
        url: url.clone(),
        modulus,
        _runtime: runtime,
    }
}

fn claims(issuer: &str, scope: &str) -> Value {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is after 1970").as_secs();
    json!({
        "iss": issuer, "aud": AUDIENCE, "sub": "ada", "client_id": "bench", "jti": "1",
        "iat": now - 10, "exp": now + 3600, "scope": scope,
    })
}

fn sign(key: &RsaKeyPair, claims: &Value) -> String {
    let header = json!({ "alg": "RS256", "kid": "1", "typ": "at+jwt" });
    let message = format!("{}.{}", encode(header.to_string()), encode(claims.to_string()));
    let mut signature = vec![0; key.public_modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message.as_bytes(), &mut signature)
        .expect("the key signs");
    format!("{message}.{}", encode(signature))
}

fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
