//! Access tokens of an OAuth 2.1 authorization server.
//!
//! The server is a *resource server*: it takes tokens that an issuer made for it, and makes none. JWTs
//! (RFC 9068) are checked here, with keys that the issuer publishes; opaque tokens are shown to the
//! issuer (RFC 7662).
//!
//! ```no_run
//! use secure_tool_runtime::prelude::*;
//! # use secure_tool_runtime::{Callers, OAuth};
//!
//! # fn server(tools: ToolSet) {
//! let callers = OAuth::issuer("https://login.example.com")
//!     .audience("https://notes.example.com/mcp")
//!     .roles_claim("roles");
//! let server = Server::new(tools).callers(callers);
//! # }
//! ```
//!
//! # What a token has to be
//!
//! - Signed by a key that the issuer has now, with an algorithm that this key is for: what the token's
//!   header says chooses among the issuer's keys and no more. Symmetric algorithms and `none` do not exist
//!   here. Headers that bring or point to keys (`jwk`, `jku`, `x5u`, `x5c`) and `crit` are refused.
//! - Of the type `at+jwt`, issued by `iss`, for this server alone among others in `aud`, letter by
//!   letter (RFC 8707), valid now by `exp`, `nbf` and `iat`, for a `sub`, and living no longer than
//!   [`OAuth::max_lifetime`].
//! - Without doubles in its JSON, in one spelling of base64url, of at most 8 KiB, and not bound to a
//!   key of the client (`cnf`), since no proof of it is asked for.
//!
//! # Keys
//!
//! They are found through the issuer's metadata (RFC 8414, OpenID Connect Discovery), fetched over TLS
//! only (over plain HTTP from a loopback issuer), refreshed in the background, and asked for once, at
//! most every [`OAuth::min_refetch_interval`], when tokens name one that is not known. When the issuer is
//! down, the keys serve on for [`OAuth::stale_for`]; then the answer is 503, not 401: a client must not throw
//! its token away.
//!
//! # Speed
//!
//! Verdicts are kept by the SHA-256 of the token, in a number and for a time that are bounded, never
//! beyond `exp`, and only while the issuer has the keys. So a busy client pays for one signature.

mod claims;
mod config;
mod discovery;
mod fetch;
mod introspection;
mod issuer;
mod json;
mod jwks;
mod jws;
mod keys;
mod refusal;
mod resource;
mod verdicts;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;

use self::config::{Config, Freshness};
use self::issuer::Issuer;
pub use self::jwks::Algorithm;
use self::jws::Types;
pub(crate) use self::resource::{ProtectedResource, Resource, StepUp};
use super::{Authenticate, Callers};
use crate::server::StartError;

/// An issuer of access tokens for this server. See the [module](self) for what is checked.
///
/// Nothing is checked of what is said here before the server starts; then it refuses with what to
/// correct.
#[derive(Clone)]
pub struct OAuth {
    issuer: String,
    audience: Option<String>,
    algorithms: Vec<Algorithm>,
    types: Types,
    max_lifetime: Duration,
    leeway: Duration,
    scope_claim: String,
    roles_claim: Option<String>,
    subject_prefix: String,
    initial_scopes: Option<Vec<String>>,
    lists_beyond_scopes: bool,
    client: Option<(String, SecretString)>,
    keys: Freshness,
    verdicts: usize,
    verdict_ttl: Duration,
}

impl OAuth {
    /// The authorization server with this issuer identifier, letter by letter as its metadata has
    /// it: an https address, or an http one on loopback.
    #[must_use]
    pub fn issuer(issuer: impl Into<String>) -> Self {
        OAuth {
            issuer: issuer.into(),
            audience: None,
            algorithms: Algorithm::USUAL.to_vec(),
            types: Types::Strict,
            max_lifetime: Duration::from_secs(24 * 60 * 60),
            leeway: Duration::from_secs(30),
            scope_claim: "scope".to_owned(),
            roles_claim: None,
            subject_prefix: String::new(),
            initial_scopes: None,
            lists_beyond_scopes: false,
            client: None,
            keys: Freshness {
                refresh: Duration::from_secs(5 * 60),
                interval: Duration::from_secs(30),
                stale: Duration::from_secs(60 * 60),
            },
            verdicts: 4096,
            verdict_ttl: Duration::from_secs(5 * 60),
        }
    }

    /// This server's one name (RFC 8707): the address that clients connect to. Mandatory; a token has to
    /// have it in `aud`.
    #[must_use]
    pub fn audience(mut self, uri: impl Into<String>) -> Self {
        self.audience = Some(uri.into());
        self
    }

    /// The signature algorithms that are accepted; RS256, PS256, ES256, ES384 and EdDSA by default.
    #[must_use]
    pub fn algorithms(mut self, algorithms: impl IntoIterator<Item = Algorithm>) -> Self {
        self.algorithms = algorithms.into_iter().collect();
        self
    }

    /// Also takes tokens whose `typ` is `JWT` or missing, for issuers that do not follow RFC 9068.
    ///
    /// Other tokens of such an issuer, such as ID tokens, are then told apart by their audience alone.
    #[must_use]
    pub fn accept_untyped(mut self) -> Self {
        self.types = Types::Untyped;
        self
    }

    /// The longest that a token may live, from `iat` to `exp`; a day by default. An hour is a good value
    /// (checklist, “Authentication”).
    #[must_use]
    pub fn max_lifetime(mut self, lifetime: Duration) -> Self {
        self.max_lifetime = lifetime;
        self
    }

    /// How far the clocks of the issuer and this machine may differ, at most 5 minutes; 30 seconds by
    /// default.
    #[must_use]
    pub fn leeway(mut self, leeway: Duration) -> Self {
        self.leeway = leeway;
        self
    }

    /// The claim with the scopes, a text or a list; `scope` by default.
    #[must_use]
    pub fn scope_claim(mut self, claim: impl Into<String>) -> Self {
        self.scope_claim = claim.into();
        self
    }

    /// The claim with the roles, a text or a list: by its name, or by a JSON pointer such as
    /// `/realm_access/roles`. Without it, tokens grant no roles.
    #[must_use]
    pub fn roles_claim(mut self, claim: impl Into<String>) -> Self {
        self.roles_claim = Some(claim.into());
        self
    }

    /// What subjects of this issuer begin with on this server, such as `staff:`; nothing by default.
    ///
    /// A `sub` is unique within its issuer: where there are several issuers, each needs a prefix of
    /// its own, and none may be the beginning of another. A subject that begins, with its prefix, as those
    /// of API keys (`key:`) or certificates (`cert:`) do is refused, and so is a prefix that is the beginning
    /// of these.
    #[must_use]
    pub fn subject_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.subject_prefix = prefix.into();
        self
    }

    /// The scopes that a client without a token is told to ask for; by default those of all tools. Say
    /// fewer, and clients get the others when they first call a tool that needs them (“step-up”). With
    /// [`OAuth::list_beyond_scopes`] they know of it.
    #[must_use]
    pub fn initial_scopes<T: Into<String>>(mut self, scopes: impl IntoIterator<Item = T>) -> Self {
        self.initial_scopes = Some(scopes.into_iter().map(Into::into).collect());
        self
    }

    /// `tools/list` also shows the tools that a token lacks scopes for, if no role is missing: so a model
    /// can call one, and its client can step up. By default callers see only what they may call.
    #[must_use]
    pub fn list_beyond_scopes(mut self) -> Self {
        self.lists_beyond_scopes = true;
        self
    }

    /// Takes opaque tokens too, and asks the issuer about them (RFC 7662) with these credentials of
    /// this server. An answer counts for a minute at most.
    #[must_use]
    pub fn introspect(mut self, client_id: impl Into<String>, secret: SecretString) -> Self {
        self.client = Some((client_id.into(), secret));
        self
    }

    /// How often the issuer's keys are fetched anew; every 5 minutes by default.
    #[must_use]
    pub fn refresh_every(mut self, time: Duration) -> Self {
        self.keys.refresh = time;
        self
    }

    /// The shortest time between two requests for keys that unknown ones cause; 30 seconds by default.
    #[must_use]
    pub fn min_refetch_interval(mut self, time: Duration) -> Self {
        self.keys.interval = time;
        self
    }

    /// For how long keys are used when the issuer cannot be asked for newer ones; an hour by default.
    #[must_use]
    pub fn stale_for(mut self, time: Duration) -> Self {
        self.keys.stale = time;
        self
    }

    /// How many verdicts about tokens are kept, of valid and of other ones each, and for how long at
    /// most; 4 096 and 5 minutes by default.
    #[must_use]
    pub fn verdicts(mut self, number: usize, time: Duration) -> Self {
        self.verdicts = number;
        self.verdict_ttl = time;
        self
    }

    fn open(self) -> Result<Arc<dyn Authenticate>, StartError> {
        Ok(Arc::new(Issuer::open(Config::new(self)?)?))
    }
}

impl From<OAuth> for Callers {
    fn from(oauth: OAuth) -> Self {
        Callers::over_http("oauth", move || oauth.open())
    }
}

/// The issuer and the audience.
impl fmt::Debug for OAuth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OAuth")
            .field("issuer", &self.issuer)
            .field("audience", &self.audience)
            .finish_non_exhaustive()
    }
}
