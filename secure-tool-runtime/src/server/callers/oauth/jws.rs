//! A token in its three parts (RFC 7515), and whether its signature is one of the issuer's.
//!
//! The header says which key and which algorithm it claims. It is a claim of whoever wrote the
//! token: it chooses among the issuer's keys, and the key decides what it is good for.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::crypto::verify;
use serde_json::{Map, Value};

use super::json;
use super::jwks::{Algorithm, Key, KeySet};
use super::refusal::Invalid;

/// The longest name of a key, in bytes.
const KID_CEILING: usize = 256;

/// Parameters that bring or point to keys, and `crit`: we understand no extensions (RFC 7515 §4.1.11).
const REFUSED: [&str; 6] = ["jku", "jwk", "x5u", "x5c", "crit", "b64"];

/// A token whose signature nobody has looked at.
pub(super) struct Unverified<'t> {
    kid: Option<String>,
    algorithm: Algorithm,
    /// Header and payload as they were signed.
    message: &'t str,
    signature: &'t str,
    payload: &'t str,
}

/// True if it looks like three parts, of which the first begins an object: else it is opaque.
pub(super) fn looks_like_one(token: &str) -> bool {
    token.starts_with("ey") && token.bytes().filter(|byte| *byte == b'.').count() >= 2
}

/// True if the token says, unsigned or not, that another issuer made it.
pub(super) fn is_of_another(token: &str, issuer: &str) -> bool {
    let claims = token.split('.').nth(1).filter(|_| looks_like_one(token)).and_then(decode);
    let says = claims.as_ref().and_then(|claims| claims.get("iss")?.as_str());
    says.is_some_and(|says| says != issuer)
}

impl<'t> Unverified<'t> {
    /// Takes a token apart. `types` are the values of `typ` that mean an access token.
    pub(super) fn parse(token: &'t str, types: Types) -> Result<Self, Invalid> {
        let (message, signature) = token.rsplit_once('.').ok_or(Invalid("form"))?;
        let (header, payload) = message.split_once('.').ok_or(Invalid("form"))?;
        if [payload, signature].iter().any(|part| part.is_empty() || part.contains('.')) {
            return Err(Invalid("form"));
        }
        let header = decode(header).ok_or(Invalid("header"))?;
        if REFUSED.iter().any(|name| header.contains_key(*name)) {
            return Err(Invalid("header"));
        }
        if !types.contain(header.get("typ")) {
            return Err(Invalid("typ"));
        }
        let algorithm = header.get("alg").and_then(Value::as_str).and_then(Algorithm::named);
        let kid = match header.get("kid") {
            None => None,
            Some(Value::String(kid)) if kid.len() <= KID_CEILING => Some(kid.clone()),
            Some(_) => return Err(Invalid("kid")),
        };
        let algorithm = algorithm.ok_or(Invalid("alg"))?;
        Ok(Unverified { kid, algorithm, message, signature, payload })
    }

    /// The key that it has to be signed with, if the issuer has it and it is good for the algorithm.
    pub(super) fn key<'k>(&self, keys: &'k KeySet) -> Choice<'k> {
        keys.choose(self.kid.as_deref(), self.algorithm)
    }

    /// The claims, if that key has signed them.
    pub(super) fn verify(&self, key: &Key) -> Result<Map<String, Value>, Invalid> {
        let signed =
            verify(self.signature, self.message.as_bytes(), key.decoding(), self.algorithm.into());
        match signed {
            Ok(true) => decode(self.payload).ok_or(Invalid("claims")),
            Ok(false) | Err(_) => Err(Invalid("signature")),
        }
    }
}

/// What the issuer's keys come to for a token.
pub(super) enum Choice<'k> {
    /// This one has to have signed it.
    Key(&'k Key),
    /// The issuer has no key of that name; it may have one soon.
    Unknown,
    /// The key of that name is not for this algorithm, or the name is missing and several fit.
    Unfit,
}

/// Which values of `typ` mean an access token.
#[derive(Debug, Clone, Copy)]
pub(super) enum Types {
    /// `at+jwt` (RFC 9068 §4).
    Strict,
    /// Also `JWT`, or none.
    Untyped,
}

impl Types {
    fn contain(self, typ: Option<&Value>) -> bool {
        let is = |name: &str| {
            typ.and_then(Value::as_str).is_some_and(|typ| typ.eq_ignore_ascii_case(name))
        };
        let strict = is("at+jwt") || is("application/at+jwt");
        match self {
            Types::Strict => strict,
            Types::Untyped => strict || typ.is_none() || is("jwt"),
        }
    }
}

/// base64url without padding, in its one spelling, of an object without doubles.
fn decode(part: &str) -> Option<Map<String, Value>> {
    json::object(&URL_SAFE_NO_PAD.decode(part).ok()?)
}
