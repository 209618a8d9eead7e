//! This server as a protected resource: where clients get tokens for it (RFC 9728), and what they
//! are told when theirs do not suffice (RFC 6750 §3; MCP, “Authorization”).

use rmcp::service::{RequestContext, RoleServer};
use std::sync::{Arc, OnceLock};

use http::HeaderValue;
use serde_json::json;
use url::Url;

use super::config::is_scope;
use crate::server::StartError;
use crate::server::callers::Authenticate;

/// Where the metadata is (RFC 9728 §3), alone and before the path of the resource.
const WELL_KNOWN: &str = "/.well-known/oauth-protected-resource";

/// What a way says of the tokens that it takes.
pub(crate) struct Resource<'a> {
    pub(super) issuer: &'a str,
    pub(super) audience: &'a str,
    pub(super) address: &'a Url,
    pub(super) initial_scopes: Option<&'a [String]>,
    pub(super) subject_prefix: &'a str,
    /// Tools that a token has no scopes for are listed all the same.
    pub(crate) lists_beyond_scopes: bool,
}

/// What clients are told of this server.
#[derive(Debug)]
pub(crate) struct ProtectedResource {
    document: String,
    paths: Vec<String>,
    /// The address of the metadata, as an attribute of a challenge.
    metadata: String,
    no_token: HeaderValue,
    invalid_token: HeaderValue,
}

impl ProtectedResource {
    /// `scopes` are those of the tools, in a stable order.
    ///
    /// # Errors
    /// If two ways do not agree on the name of this server, or could take two people for one.
    pub(crate) fn new(
        ways: &[Arc<dyn Authenticate>],
        scopes: &[&str],
    ) -> Result<Option<Self>, StartError> {
        let resources: Vec<Resource<'_>> = ways.iter().filter_map(|way| way.resource()).collect();
        let Some(first) = resources.first() else { return Ok(None) };
        agree(&resources)?;
        let issuers: Vec<&str> = resources.iter().map(|resource| resource.issuer).collect();
        let document = json!({
            "resource": first.audience,
            "authorization_servers": issuers,
            "scopes_supported": scopes,
            "bearer_methods_supported": ["header"],
        });
        let path = first.address.path().trim_end_matches('/');
        let mut paths = vec![WELL_KNOWN.to_owned()];
        if !path.is_empty() {
            paths.push(format!("{WELL_KNOWN}{path}"));
        }
        let origin = first.address.origin().ascii_serialization();
        let metadata = format!("resource_metadata=\"{origin}{WELL_KNOWN}{path}\"");
        let wanted: Vec<&str> = match first.initial_scopes {
            Some(scopes) => scopes.iter().map(String::as_str).collect(),
            None => scopes.to_vec(),
        };
        let wanted = attribute(&wanted);
        Ok(Some(ProtectedResource {
            document: document.to_string(),
            no_token: challenge(&format!("{metadata}{wanted}")),
            invalid_token: challenge(&format!("error=\"invalid_token\", {metadata}{wanted}")),
            paths,
            metadata,
        }))
    }

    /// The metadata, as JSON.
    pub(crate) fn document(&self) -> &str {
        &self.document
    }

    /// Where it is served.
    pub(crate) fn paths(&self) -> &[String] {
        &self.paths
    }

    /// To whoever brings no token.
    pub(crate) fn no_token(&self) -> HeaderValue {
        self.no_token.clone()
    }

    /// To whoever brings one that is not valid.
    pub(crate) fn invalid_token(&self) -> HeaderValue {
        self.invalid_token.clone()
    }

    /// To whoever calls a tool that needs more scopes than were granted: all of that tool's.
    pub(crate) fn insufficient_scope(&self, scopes: &[&str]) -> HeaderValue {
        let scopes = attribute(scopes);
        challenge(&format!("error=\"insufficient_scope\"{scopes}, {}", self.metadata))
    }
}

/// One server has one name; and subjects are unique within one issuer only.
fn agree(resources: &[Resource<'_>]) -> Result<(), StartError> {
    for (index, resource) in resources.iter().enumerate() {
        for other in &resources[..index] {
            if resource.audience != other.audience {
                return Err(StartError::new(
                    "two issuers have different audiences for this server",
                    "give all of them the same `.audience(…)`: clients know a server by one name",
                ));
            }
            // With `` and `b:`, the first issuer could make the subjects of the second.
            let (one, two) = (resource.subject_prefix, other.subject_prefix);
            if one.starts_with(two) || two.starts_with(one) {
                return Err(StartError::new(
                    "two issuers could name two people alike",
                    "give each a `.subject_prefix(…)` of its own, neither the beginning of the other",
                ));
            }
        }
    }
    Ok(())
}

/// `, scope="…"`, or nothing. RFC 6749 §3.3 leaves nothing in a scope that would end the quotes.
fn attribute(scopes: &[&str]) -> String {
    let scopes: Vec<&str> = scopes.iter().copied().filter(|scope| is_scope(scope)).collect();
    if scopes.is_empty() { String::new() } else { format!(", scope=\"{}\"", scopes.join(" ")) }
}

fn challenge(attributes: &str) -> HeaderValue {
    // An address of the web and scopes are visible ASCII.
    HeaderValue::try_from(format!("Bearer {attributes}"))
        .unwrap_or_else(|_| HeaderValue::from_static("Bearer"))
}

/// Travels with a request: where the guards leave the scopes that a call lacked, so that the answer
/// can say it in the words of HTTP.
#[derive(Clone)]
pub(crate) struct StepUp {
    needed: Arc<OnceLock<&'static [&'static str]>>,
    lists_beyond_scopes: bool,
}

impl StepUp {
    /// That of the request which a call came with, if its caller could get more scopes.
    pub(crate) fn of(context: &RequestContext<RoleServer>) -> Option<Self> {
        let parts = context.extensions.get::<http::request::Parts>()?;
        parts.extensions.get::<StepUp>().cloned()
    }

    pub(crate) fn new(lists_beyond_scopes: bool) -> Self {
        StepUp { needed: Arc::default(), lists_beyond_scopes }
    }

    /// True if the caller is shown the tools that it lacks scopes for.
    pub(crate) fn lists_beyond_scopes(&self) -> bool {
        self.lists_beyond_scopes
    }

    /// The call needed all of these scopes, and its caller lacks some.
    pub(crate) fn needs(&self, scopes: &'static [&'static str]) {
        // A request is one call; were it more, the first would do.
        let _ = self.needed.set(scopes);
    }

    /// What the call needed, if it lacked something.
    pub(crate) fn needed(&self) -> Option<&'static [&'static str]> {
        self.needed.get().copied()
    }
}
