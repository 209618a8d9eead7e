//! Tokens as an issuer makes them, and as nobody should.

use std::sync::LazyLock;
use std::time::{SystemTime, UNIX_EPOCH};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P256_SHA256_FIXED_SIGNING,
    ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256,
    RSA_PKCS1_SHA512, RSA_PSS_SHA256,
};
use aws_lc_rs::{hmac, signature};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

pub const AUDIENCE: &str = "https://notes.example/mcp";

/// Keys of an issuer, one of each kind. Made once: RSA takes its time.
pub struct Keys {
    pub rsa: RsaKeyPair,
    p256: EcdsaKeyPair,
    p256_asn1: EcdsaKeyPair,
    p384: EcdsaKeyPair,
    ed: Ed25519KeyPair,
}

pub static KEYS: LazyLock<Keys> = LazyLock::new(Keys::new);
/// Of somebody else.
pub static OTHERS: LazyLock<Keys> = LazyLock::new(Keys::new);

/// How a token is signed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum How {
    Rs256,
    Rs512,
    Ps256,
    Es256,
    Es256Der,
    Es384,
    Ed,
}

impl Keys {
    fn new() -> Self {
        let pkcs8 =
            EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new());
        let pkcs8 = pkcs8.unwrap();
        Keys {
            rsa: RsaKeyPair::generate(KeySize::Rsa2048).unwrap(),
            p256: EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8.as_ref())
                .unwrap(),
            p256_asn1: EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, pkcs8.as_ref())
                .unwrap(),
            p384: EcdsaKeyPair::generate(&ECDSA_P384_SHA384_FIXED_SIGNING).unwrap(),
            ed: Ed25519KeyPair::generate().unwrap(),
        }
    }

    pub fn sign(&self, how: How, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        let rsa = |padding: &'static dyn signature::RsaEncoding| {
            let mut signature = vec![0; self.rsa.public_modulus_len()];
            self.rsa.sign(padding, &random, message, &mut signature).unwrap();
            signature
        };
        let ec = |key: &EcdsaKeyPair| key.sign(&random, message).unwrap().as_ref().to_vec();
        match how {
            How::Rs256 => rsa(&RSA_PKCS1_SHA256),
            How::Rs512 => rsa(&RSA_PKCS1_SHA512),
            How::Ps256 => rsa(&RSA_PSS_SHA256),
            How::Es256 => ec(&self.p256),
            How::Es256Der => ec(&self.p256_asn1),
            How::Es384 => ec(&self.p384),
            How::Ed => self.ed.sign(message).as_ref().to_vec(),
        }
    }

    /// The modulus, in base64url.
    pub fn modulus(&self) -> String {
        let modulus = self.rsa.public_key().modulus().big_endian_without_leading_zero();
        encode(modulus)
    }

    /// The public keys as JWKs, with these names.
    pub fn jwks(&self, suffix: &str) -> Vec<Value> {
        let exponent = self.rsa.public_key().exponent().big_endian_without_leading_zero();
        let rsa = |kid: &str, alg: &str| {
            json!({ "kty": "RSA", "use": "sig", "alg": alg, "kid": format!("{kid}{suffix}"),
                    "n": self.modulus(), "e": encode(exponent) })
        };
        let ec = |kid: &str, crv: &str, key: &EcdsaKeyPair| {
            let point = &key.public_key().as_ref()[1..];
            let (x, y) = point.split_at(point.len() / 2);
            json!({ "kty": "EC", "use": "sig", "kid": format!("{kid}{suffix}"), "crv": crv,
                    "x": encode(x), "y": encode(y) })
        };
        vec![
            rsa("rs256", "RS256"),
            rsa("ps256", "PS256"),
            ec("es256", "P-256", &self.p256),
            ec("es384", "P-384", &self.p384),
            json!({ "kty": "OKP", "crv": "Ed25519", "kid": format!("ed{suffix}"),
                    "x": encode(self.ed.public_key().as_ref()) }),
        ]
    }
}

impl How {
    /// The header that belongs to it.
    pub fn header(self) -> Value {
        let (alg, kid) = match self {
            How::Rs256 => ("RS256", "rs256"),
            How::Rs512 => ("RS512", "rs256"),
            How::Ps256 => ("PS256", "ps256"),
            How::Es256 | How::Es256Der => ("ES256", "es256"),
            How::Es384 => ("ES384", "es384"),
            How::Ed => ("EdDSA", "ed"),
        };
        json!({ "alg": alg, "kid": kid, "typ": "at+jwt" })
    }
}

pub fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

pub fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs().try_into().unwrap()
}

/// Claims that are fine.
pub fn claims(issuer: &str) -> Value {
    json!({
        "iss": issuer, "aud": AUDIENCE, "sub": "alice", "client_id": "test", "jti": "1",
        "iat": now() - 10, "exp": now() + 600, "scope": "notes:read",
    })
}

/// The same object with a member more, or another one; `null` takes it away.
pub fn with(mut object: Value, name: &str, value: impl Into<Value>) -> Value {
    let value = value.into();
    let members = object.as_object_mut().unwrap();
    match value {
        Value::Null => members.remove(name),
        value => members.insert(name.to_owned(), value),
    };
    object
}

/// A token of these texts, signed properly.
pub fn signed(how: How, header: impl ToString, claims: impl ToString) -> String {
    signed_by(&KEYS, how, header, claims)
}

pub fn signed_by(keys: &Keys, how: How, header: impl ToString, claims: impl ToString) -> String {
    let message = message(header, claims);
    let signature = keys.sign(how, message.as_bytes());
    format!("{message}.{}", encode(signature))
}

pub fn message(header: impl ToString, claims: impl ToString) -> String {
    format!("{}.{}", encode(header.to_string()), encode(claims.to_string()))
}

pub fn hs256(secret: &[u8], header: impl ToString, claims: impl ToString) -> String {
    let message = message(header, claims);
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
    format!("{message}.{}", encode(hmac::sign(&key, message.as_bytes())))
}

/// The token with the other ECDSA signature of its message: (r, n − s), which is as good as (r, s).
pub fn turned(token: &str) -> String {
    /// The order of P-256 (FIPS 186-4, D.1.2.3).
    const ORDER: [u8; 32] = [
        0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        0xff, 0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63,
        0x25, 0x51,
    ];
    let (message, signature) = token.rsplit_once('.').unwrap();
    let mut signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
    let mut borrowed = 0;
    for (byte, order) in signature[32..].iter_mut().zip(ORDER).rev() {
        let difference = i16::from(order) - i16::from(*byte) - borrowed;
        borrowed = i16::from(difference < 0);
        *byte = u8::try_from(difference.rem_euclid(256)).unwrap();
    }
    format!("{message}.{}", encode(signature))
}
