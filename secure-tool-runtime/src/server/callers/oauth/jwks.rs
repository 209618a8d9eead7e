//! The keys of an issuer (RFC 7517), each pinned to what it is good for.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::DecodingKey;
use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::json;
use super::jws::Choice;

/// The most keys that are taken of an issuer.
const KEYS: usize = 64;

/// Sizes of RSA keys that are taken, in bytes of the modulus: 2048 bits (RFC 7518 §3.3) to 8192.
const RSA_SIZES: std::ops::RangeInclusive<usize> = 256..=1024;

/// A signature algorithm of access tokens.
///
/// There is no symmetric one and no `none`: with those whoever can check a token can make one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the names of RFC 7518 §3.1 and RFC 8037")]
pub enum Algorithm {
    RS256,
    RS384,
    RS512,
    PS256,
    PS384,
    PS512,
    ES256,
    ES384,
    EdDSA,
}

impl Algorithm {
    const ALL: [(&'static str, Algorithm); 9] = [
        ("RS256", Algorithm::RS256),
        ("RS384", Algorithm::RS384),
        ("RS512", Algorithm::RS512),
        ("PS256", Algorithm::PS256),
        ("PS384", Algorithm::PS384),
        ("PS512", Algorithm::PS512),
        ("ES256", Algorithm::ES256),
        ("ES384", Algorithm::ES384),
        ("EdDSA", Algorithm::EdDSA),
    ];

    /// Those that are accepted unless the author says otherwise.
    pub(super) const USUAL: [Algorithm; 5] =
        [Algorithm::RS256, Algorithm::PS256, Algorithm::ES256, Algorithm::ES384, Algorithm::EdDSA];

    /// Names are case-sensitive.
    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(known, _)| *known == name).map(|(_, algorithm)| *algorithm)
    }
}

impl From<Algorithm> for jsonwebtoken::Algorithm {
    fn from(algorithm: Algorithm) -> Self {
        match algorithm {
            Algorithm::RS256 => Self::RS256,
            Algorithm::RS384 => Self::RS384,
            Algorithm::RS512 => Self::RS512,
            Algorithm::PS256 => Self::PS256,
            Algorithm::PS384 => Self::PS384,
            Algorithm::PS512 => Self::PS512,
            Algorithm::ES256 => Self::ES256,
            Algorithm::ES384 => Self::ES384,
            Algorithm::EdDSA => Self::EdDSA,
        }
    }
}

/// A public key, and the algorithms that it may be used with.
#[derive(Debug)]
pub(super) struct Key {
    kid: Option<String>,
    algorithms: Vec<Algorithm>,
    decoding: DecodingKey,
}

impl Key {
    pub(super) fn decoding(&self) -> &DecodingKey {
        &self.decoding
    }
}

/// The keys that an issuer publishes.
#[derive(Debug)]
pub(super) struct KeySet {
    keys: Vec<Key>,
    /// Of the document: verdicts last as long as the keys do.
    pub(super) digest: [u8; 32],
}

/// What a document says of a key. Private parts and everything else are not looked at.
#[derive(Deserialize)]
struct Jwk {
    kty: String,
    kid: Option<String>,
    alg: Option<String>,
    #[serde(rename = "use")]
    purpose: Option<String>,
    key_ops: Option<Vec<String>>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

impl KeySet {
    /// Reads a document. Keys that we have no use for are left out; a document without any other
    /// is none.
    pub(super) fn parse(document: &[u8], allowed: &[Algorithm]) -> Option<Self> {
        let mut document_read = json::object(document)?;
        let Value::Array(keys) = document_read.remove("keys")? else { return None };
        let keys: Vec<Key> =
            keys.into_iter().take(KEYS).filter_map(|key| read(key, allowed)).collect();
        let digest = Sha256::digest(document).into();
        (!keys.is_empty()).then_some(KeySet { keys, digest })
    }

    /// The key for a token that names it so, and says to be signed so.
    pub(super) fn choose(&self, kid: Option<&str>, algorithm: Algorithm) -> Choice<'_> {
        let named = || self.keys.iter().filter(|key| kid.is_none() || key.kid.as_deref() == kid);
        let mut fit = named().filter(|key| key.algorithms.contains(&algorithm));
        match (fit.next(), fit.next()) {
            (Some(key), None) => Choice::Key(key),
            (None, _) if named().next().is_none() => Choice::Unknown,
            _ => Choice::Unfit,
        }
    }
}

/// A key that verifies signatures with an allowed algorithm.
fn read(key: Value, allowed: &[Algorithm]) -> Option<Key> {
    let jwk: Jwk = serde_json::from_value(key).ok()?;
    let for_signatures = jwk.purpose.as_deref().is_none_or(|purpose| purpose == "sig")
        && jwk.key_ops.as_ref().is_none_or(|ops| ops.iter().any(|op| op == "verify"));
    let (by_type, decoding) = material(&jwk).filter(|_| for_signatures)?;
    let says = |algorithm: &Algorithm| {
        jwk.alg.as_deref().is_none_or(|alg| Algorithm::named(alg) == Some(*algorithm))
    };
    let algorithms: Vec<Algorithm> = by_type
        .iter()
        .filter(|algorithm| says(algorithm) && allowed.contains(algorithm))
        .copied()
        .collect();
    (!algorithms.is_empty()).then_some(Key { kid: jwk.kid, algorithms, decoding })
}

/// The key itself, and what its type is good for.
fn material(jwk: &Jwk) -> Option<(&'static [Algorithm], DecodingKey)> {
    use Algorithm::{ES256, ES384, EdDSA, PS256, PS384, PS512, RS256, RS384, RS512};
    let curve = jwk.crv.as_deref();
    match jwk.kty.as_str() {
        "RSA" => {
            let (n, e) = (jwk.n.as_deref()?, jwk.e.as_deref()?);
            let modulus = URL_SAFE_NO_PAD.decode(n).ok()?;
            let size = modulus.iter().skip_while(|byte| **byte == 0).count();
            let key = DecodingKey::from_rsa_components(n, e).ok()?;
            RSA_SIZES.contains(&size).then_some((&[RS256, RS384, RS512, PS256, PS384, PS512], key))
        }
        "EC" => {
            let key = DecodingKey::from_ec_components(jwk.x.as_deref()?, jwk.y.as_deref()?).ok()?;
            match curve? {
                "P-256" => Some((&[ES256], key)),
                "P-384" => Some((&[ES384], key)),
                _ => None,
            }
        }
        "OKP" if curve == Some("Ed25519") => {
            let key = DecodingKey::from_ed_components(jwk.x.as_deref()?).ok()?;
            Some((&[EdDSA], key))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn rsa(bytes: usize) -> Value {
        let n = URL_SAFE_NO_PAD.encode(vec![0xff; bytes]);
        json!({ "kty": "RSA", "kid": "a", "n": n, "e": "AQAB" })
    }

    fn with(mut key: Value, name: &str, value: Value) -> Value {
        key[name] = value;
        key
    }

    fn algorithms(key: Value) -> Vec<Algorithm> {
        let document = json!({ "keys": [key] }).to_string();
        let keys = KeySet::parse(document.as_bytes(), &Algorithm::USUAL);
        keys.map(|keys| keys.keys[0].algorithms.clone()).unwrap_or_default()
    }

    #[test]
    fn a_key_is_for_what_it_says_and_its_type_can() {
        use Algorithm::{ES256, ES384, EdDSA, PS256, RS256};
        let (x, y) = (URL_SAFE_NO_PAD.encode([1; 32]), URL_SAFE_NO_PAD.encode([2; 32]));
        let ec = json!({ "kty": "EC", "crv": "P-256", "x": x, "y": y });
        let ed = json!({ "kty": "OKP", "crv": "Ed25519", "x": x });
        for (key, expected) in [
            (rsa(256), &[RS256, PS256][..]),
            (with(rsa(256), "alg", "RS256".into()), &[RS256]),
            (with(rsa(256), "alg", "PS256".into()), &[PS256]),
            (with(rsa(256), "alg", "ES256".into()), &[]),
            (with(rsa(256), "alg", "HS256".into()), &[]),
            (with(rsa(256), "alg", "none".into()), &[]),
            (with(rsa(256), "alg", "RSA-OAEP".into()), &[]),
            (with(rsa(256), "alg", "RS512".into()), &[]),
            (with(rsa(256), "use", "sig".into()), &[RS256, PS256]),
            (with(rsa(256), "use", "enc".into()), &[]),
            (with(rsa(256), "key_ops", json!(["verify"])), &[RS256, PS256]),
            (with(rsa(256), "key_ops", json!(["encrypt"])), &[]),
            (with(rsa(256), "kid", json!(7)), &[]),
            (rsa(512), &[RS256, PS256]),
            (rsa(255), &[]),
            (rsa(128), &[]),
            (rsa(1025), &[]),
            (ec.clone(), &[ES256]),
            (with(ec.clone(), "crv", "P-384".into()), &[ES384]),
            (with(ec.clone(), "crv", "secp256k1".into()), &[]),
            (with(ec, "x", Value::Null), &[]),
            (ed.clone(), &[EdDSA]),
            (with(ed, "crv", "X25519".into()), &[]),
            (json!({ "kty": "oct", "k": x, "alg": "HS256" }), &[]),
            (json!({ "kty": "RSA" }), &[]),
            (json!("key"), &[]),
        ] {
            assert_eq!(algorithms(key.clone()), expected, "{key}");
        }
    }

    #[test]
    fn leading_zeros_make_no_key_longer() {
        let mut modulus = vec![0; 128];
        modulus.extend([0xff; 128]);
        let key = with(rsa(256), "n", URL_SAFE_NO_PAD.encode(modulus).into());
        assert_eq!(algorithms(key), []);
    }

    #[test]
    fn a_key_is_chosen_when_it_is_the_only_one() {
        let two = json!({ "keys": [
            with(rsa(256), "alg", "RS256".into()),
            with(with(rsa(256), "kid", "b".into()), "alg", "PS256".into()),
            with(with(rsa(257), "kid", "b".into()), "alg", "PS256".into()),
        ] });
        let keys = KeySet::parse(two.to_string().as_bytes(), &Algorithm::USUAL).unwrap();
        let chosen = |kid, algorithm| match keys.choose(kid, algorithm) {
            Choice::Key(_) => "key",
            Choice::Unknown => "unknown",
            Choice::Unfit => "unfit",
        };
        assert_eq!(chosen(Some("a"), Algorithm::RS256), "key");
        assert_eq!(chosen(None, Algorithm::RS256), "key", "the only one that fits");
        assert_eq!(chosen(Some("a"), Algorithm::PS256), "unfit");
        assert_eq!(chosen(Some("b"), Algorithm::PS256), "unfit", "two of them");
        assert_eq!(chosen(None, Algorithm::PS256), "unfit", "two of them");
        assert_eq!(chosen(Some("c"), Algorithm::RS256), "unknown");
        assert_eq!(chosen(Some(""), Algorithm::RS256), "unknown");
    }
}
