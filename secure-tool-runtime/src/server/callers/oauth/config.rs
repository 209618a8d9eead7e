//! What an author says about an issuer, checked.

use std::net::IpAddr;
use std::time::Duration;

use secrecy::SecretString;
use url::{Host, Url};

use super::OAuth;
use super::claims::RESERVED;
use super::jwks::Algorithm;
use super::jws::Types;
use crate::server::StartError;

/// The longest leeway: beyond it, clocks want repair.
const LEEWAY_CEILING: Duration = Duration::from_secs(300);

/// An issuer and what its tokens have to be.
#[derive(Debug)]
pub(super) struct Config {
    /// As the author wrote it, and as `iss` has to be, letter by letter.
    pub(super) issuer: String,
    pub(super) issuer_url: Url,
    pub(super) audience: String,
    pub(super) audience_url: Url,
    pub(super) algorithms: Vec<Algorithm>,
    pub(super) types: Types,
    pub(super) max_lifetime: Duration,
    pub(super) leeway: Duration,
    pub(super) scope_claim: String,
    pub(super) roles_claim: Option<String>,
    pub(super) subject_prefix: String,
    pub(super) initial_scopes: Option<Vec<String>>,
    pub(super) lists_beyond_scopes: bool,
    pub(super) client: Option<(String, SecretString)>,
    pub(super) keys: Freshness,
    pub(super) verdicts: usize,
    pub(super) verdict_ttl: Duration,
}

/// How old the issuer's keys may get.
#[derive(Debug, Clone, Copy)]
pub(super) struct Freshness {
    pub(super) refresh: Duration,
    pub(super) interval: Duration,
    pub(super) stale: Duration,
}

impl Config {
    pub(super) fn new(oauth: OAuth) -> Result<Self, StartError> {
        let issuer_url = web_address("the issuer", &oauth.issuer)?;
        let audience = oauth.audience.ok_or_else(|| {
            StartError::new(
                "the OAuth audience is missing: a token for any other server would be taken",
                "name this server: `.audience(\"https://host/mcp\")`, as clients spell its address",
            )
        })?;
        let audience_url = web_address("the audience", &audience)?;
        if oauth.leeway > LEEWAY_CEILING {
            return Err(StartError::new(
                "the leeway for clocks is longer than 5 minutes",
                "synchronise the clocks",
            ));
        }
        if oauth.algorithms.is_empty() {
            return Err(StartError::new("no signature algorithm is allowed", "name some"));
        }
        let named = oauth.initial_scopes.iter().flatten().chain([&oauth.scope_claim]);
        if let Some(bad) = named.chain(&oauth.roles_claim).find(|name| !is_scope(name)) {
            return Err(StartError::new(
                format!("`{bad}` is not the name of a scope or claim"),
                "write it in visible ASCII without spaces, quotes and backslashes",
            ));
        }
        let prefix = oauth.subject_prefix.as_str();
        // `ke` is none either: a `sub` could begin with the rest.
        let is_reserved =
            |reserved: &&str| prefix.starts_with(reserved) || reserved.starts_with(prefix);
        if !prefix.is_empty() && (!is_scope(prefix) || RESERVED.iter().any(is_reserved)) {
            return Err(StartError::new(
                format!("`{prefix}` is not a prefix that subjects of an issuer can have"),
                "write one such as `staff:`; `key:` and `cert:` are those of other callers",
            ));
        }
        Ok(Config {
            issuer: oauth.issuer,
            issuer_url,
            audience,
            audience_url,
            algorithms: oauth.algorithms,
            types: oauth.types,
            max_lifetime: oauth.max_lifetime,
            leeway: oauth.leeway,
            scope_claim: oauth.scope_claim,
            roles_claim: oauth.roles_claim,
            subject_prefix: oauth.subject_prefix,
            initial_scopes: oauth.initial_scopes,
            lists_beyond_scopes: oauth.lists_beyond_scopes,
            client: oauth.client,
            keys: oauth.keys,
            verdicts: oauth.verdicts,
            verdict_ttl: oauth.verdict_ttl,
        })
    }
}

/// RFC 6749 §3.3.
pub(super) fn is_scope(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|c| matches!(c, 0x21 | 0x23..=0x5b | 0x5d..=0x7e))
}

/// An address of the web: over TLS, or on this machine.
pub(super) fn is_secure(url: &Url) -> bool {
    url.scheme() == "https" || (url.scheme() == "http" && is_loopback(url))
}

pub(super) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => IpAddr::from(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::from(address).is_loopback(),
        None => false,
    }
}

fn web_address(what: &str, text: &str) -> Result<Url, StartError> {
    let plain = |url: &Url| {
        is_secure(url)
            && url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && url.password().is_none()
    };
    Url::parse(text).ok().filter(plain).ok_or_else(|| {
        StartError::new(
            format!("`{text}` is not {what}"),
            "write an https address without query and fragment; http is for loopback only",
        )
    })
}
