//! What a token has to claim, and the caller that its claims make.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Map, Value};

use super::config::Config;
use super::refusal::{Failed, Invalid};
use crate::caller::Caller;

/// The most scopes or roles that a token may grant.
const GRANTS: usize = 256;

/// The latest time that is taken for one, in seconds: the year 9999.
const LATEST: f64 = 253_402_300_799.0;

/// Subjects that begin so are those of other ways to know a caller: an issuer cannot make them.
pub(super) const RESERVED: [&str; 2] = ["key:", "cert:"];

/// What a valid token comes to.
#[derive(Debug, Clone)]
pub(super) struct Grant {
    pub(super) caller: Caller,
    /// When it ends.
    pub(super) until: SystemTime,
}

/// Claims of a JWT whose signature is the issuer's (RFC 9068 §4).
pub(super) fn of_jwt(
    claims: &Map<String, Value>,
    config: &Config,
    now: SystemTime,
) -> Result<Grant, Failed> {
    if text(claims, "iss") != Some(config.issuer.as_str()) {
        return Err(Invalid("iss").into());
    }
    // Without it nobody could tell how long it has been valid.
    if !claims.contains_key("iat") {
        return Err(Invalid("iat").into());
    }
    of_token(claims, config, now)
}

/// Claims of any token, as the issuer vouches for them.
pub(super) fn of_token(
    claims: &Map<String, Value>,
    config: &Config,
    now: SystemTime,
) -> Result<Grant, Failed> {
    if !is_for(claims.get("aud"), config) {
        return Err(Invalid("aud").into());
    }
    // Bound to a key of the client (RFC 7800): taken without a proof it would be a bearer token.
    if claims.contains_key("cnf") {
        return Err(Invalid("cnf").into());
    }
    let until = times(claims, config, now)?;
    let caller = caller(claims, config)?;
    Ok(Grant { caller, until })
}

fn text<'c>(claims: &'c Map<String, Value>, name: &str) -> Option<&'c str> {
    claims.get(name).and_then(Value::as_str)
}

/// RFC 8707: the audience is this server by its one name, letter by letter.
fn is_for(audience: Option<&Value>, config: &Config) -> bool {
    let ours = |audience: &Value| audience.as_str() == Some(config.audience.as_str());
    match audience {
        Some(Value::Array(audiences)) => {
            audiences.iter().all(Value::is_string) && audiences.iter().any(ours)
        }
        Some(audience) => ours(audience),
        None => false,
    }
}

/// Checks `exp`, `nbf` and `iat`; returns when the token ends.
fn times(
    claims: &Map<String, Value>,
    config: &Config,
    now: SystemTime,
) -> Result<SystemTime, Failed> {
    let expires = time(claims, "exp")?.ok_or(Invalid("exp"))?;
    let not_before = time(claims, "nbf")?;
    let issued = time(claims, "iat")?;
    if expires + config.leeway <= now {
        return Err(Invalid("exp").into());
    }
    for (name, begins) in [("nbf", not_before), ("iat", issued)] {
        if begins.is_some_and(|begins| begins > now + config.leeway) {
            return Err(Failed::NotNow(Invalid(name)));
        }
    }
    // Without `iat`, what is left of it counts.
    let lifetime = expires.duration_since(issued.unwrap_or(now)).map_err(|_| Invalid("exp"))?;
    if lifetime > config.max_lifetime {
        return Err(Invalid("lifetime").into());
    }
    Ok(expires)
}

/// A NumericDate (RFC 7519 §2): seconds, of which only whole ones count.
fn time(claims: &Map<String, Value>, name: &'static str) -> Result<Option<SystemTime>, Invalid> {
    let Some(value) = claims.get(name) else { return Ok(None) };
    let seconds = value.as_f64().filter(|seconds| (0.0..=LATEST).contains(seconds));
    // In range: checked above.
    let seconds = seconds.ok_or(Invalid(name))?.trunc();
    Ok(Some(UNIX_EPOCH + Duration::from_secs_f64(seconds)))
}

fn caller(claims: &Map<String, Value>, config: &Config) -> Result<Caller, Invalid> {
    let subject = text(claims, "sub").filter(|sub| !sub.is_empty()).ok_or(Invalid("sub"))?;
    // As it will be known: the beginning may be the prefix's, and the rest the token's.
    let subject = format!("{}{subject}", config.subject_prefix);
    if RESERVED.iter().any(|prefix| subject.starts_with(prefix)) {
        return Err(Invalid("sub"));
    }
    let scopes = names(claims.get(config.scope_claim.as_str())).ok_or(Invalid("scope"))?;
    let roles = match &config.roles_claim {
        Some(claim) => names(member(claims, claim)).ok_or(Invalid("roles"))?,
        None => Vec::new(),
    };
    let caller = Caller::new(&subject).map_err(|_| Invalid("sub"))?;
    let caller = caller.with_scopes(scopes).map_err(|_| Invalid("scope"))?;
    caller.with_roles(roles).map_err(|_| Invalid("roles"))
}

/// A claim by its name, or by a JSON pointer (RFC 6901) such as `/realm_access/roles`.
fn member<'c>(claims: &'c Map<String, Value>, claim: &str) -> Option<&'c Value> {
    let Some(path) = claim.strip_prefix('/') else { return claims.get(claim) };
    let (first, rest) = path.split_once('/').unwrap_or((path, ""));
    let value = claims.get(first)?;
    if rest.is_empty() { Some(value) } else { value.pointer(&format!("/{rest}")) }
}

/// Names in one text, apart by spaces, or in a list. What is neither is no claim.
fn names(claim: Option<&Value>) -> Option<Vec<&str>> {
    let names: Vec<&str> = match claim {
        None => Vec::new(),
        Some(Value::String(names)) => names.split(' ').filter(|name| !name.is_empty()).collect(),
        Some(Value::Array(names)) => names.iter().map(Value::as_str).collect::<Option<_>>()?,
        Some(_) => return None,
    };
    (names.len() <= GRANTS).then_some(names)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::OAuth;
    use super::*;

    fn subject(prefix: &str, sub: &str) -> Result<String, &'static str> {
        let oauth = OAuth::issuer("https://login.example").audience("https://notes.example/mcp");
        let mut config = Config::new(oauth).unwrap();
        // Also one that does not get so far.
        prefix.clone_into(&mut config.subject_prefix);
        let claims = json!({ "sub": sub });
        let caller = caller(claims.as_object().unwrap(), &config);
        caller.map(|caller| caller.subject().to_string()).map_err(|Invalid(claim)| claim)
    }

    #[test]
    fn subjects_of_other_ways_are_reserved_as_they_will_be_known() {
        for (prefix, sub) in [
            ("", "key:nightly"),
            ("", "cert:spiffe://example.org/indexer"),
            ("key", ":nightly"),
            ("ke", "y:nightly"),
            ("k", "ey:"),
            ("cer", "t:nightly"),
            ("key:", "nightly"),
            ("staff:", ""),
        ] {
            assert_eq!(subject(prefix, sub), Err("sub"), "{prefix} {sub}");
        }
        for (prefix, sub, known) in [
            ("", "alice", "alice"),
            ("", "keys:nightly", "keys:nightly"),
            ("staff:", "alice", "staff:alice"),
            ("staff:", "key:nightly", "staff:key:nightly"),
        ] {
            assert_eq!(subject(prefix, sub).as_deref(), Ok(known));
        }
    }
}
