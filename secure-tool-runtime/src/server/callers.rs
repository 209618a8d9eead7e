//! Ways of knowing who calls.

use std::collections::HashMap;
use std::env;
use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

use super::StartError;
use crate::caller::Caller;
use crate::manifest::hex;

/// The environment variable that names the local caller.
const CALLER: &str = "SECURE_TOOL_CALLER";
/// The environment variable with the local caller's scopes, apart by spaces.
const SCOPES: &str = "SECURE_TOOL_SCOPES";
/// The environment variable with the local caller's roles, apart by spaces.
const ROLES: &str = "SECURE_TOOL_ROLES";

/// How a server knows its callers.
#[derive(Debug)]
pub struct Callers {
    local: LocalCaller,
    users: Option<DevelopmentUsers>,
}

impl Callers {
    /// Who calls over stdio.
    pub(crate) fn local(&self) -> Result<Caller, StartError> {
        self.local.identify(self.users.as_ref())
    }

    /// Who calls over HTTP, if the server is made for it.
    #[cfg(feature = "http")]
    pub(crate) fn into_users(self) -> Option<DevelopmentUsers> {
        self.users
    }
}

impl From<LocalCaller> for Callers {
    fn from(local: LocalCaller) -> Self {
        Callers { local, users: None }
    }
}

impl From<DevelopmentUsers> for Callers {
    fn from(users: DevelopmentUsers) -> Self {
        Callers { local: LocalCaller::from_env(), users: Some(users) }
    }
}

/// The one caller of a server on stdio: whoever started the process.
///
/// Its grants come from the environment of the process, as MCP has it for stdio; a client cannot
/// change them. Without `SECURE_TOOL_SCOPES` and `SECURE_TOOL_ROLES` it may call public tools only.
#[derive(Debug, Clone)]
pub struct LocalCaller {
    variables: CallerVariables,
}

/// The environment variables of the local caller. Build it by hand where a test must not touch the
/// environment of its process.
#[derive(Debug, Clone, Default)]
pub struct CallerVariables {
    /// `SECURE_TOOL_CALLER`, else `USER`, else `local`.
    pub caller: Option<String>,
    /// `SECURE_TOOL_SCOPES`, apart by spaces.
    pub scopes: Option<String>,
    /// `SECURE_TOOL_ROLES`, apart by spaces.
    pub roles: Option<String>,
}

impl LocalCaller {
    /// The caller that the environment describes.
    #[must_use]
    pub fn from_env() -> Self {
        let variable = |name| env::var(name).ok().filter(|value: &String| !value.is_empty());
        LocalCaller::from_variables(CallerVariables {
            caller: variable(CALLER).or_else(|| variable("USER")),
            scopes: variable(SCOPES),
            roles: variable(ROLES),
        })
    }

    /// The caller that these variables describe.
    #[must_use]
    pub fn from_variables(variables: CallerVariables) -> Self {
        LocalCaller { variables }
    }

    fn identify(&self, users: Option<&DevelopmentUsers>) -> Result<Caller, StartError> {
        let CallerVariables { caller, scopes, roles } = &self.variables;
        let name = caller.as_deref().unwrap_or("local");
        if scopes.is_none() && roles.is_none() {
            // Whoever starts the process could grant the same with two more variables.
            let user = users.and_then(|users| users.named(name));
            if let Some(user) = user {
                return Ok(user.clone());
            }
        }
        let grants = |names: &Option<String>| names.clone().unwrap_or_default();
        let (scopes, roles) = (grants(scopes), grants(roles));
        Caller::new(name)
            .and_then(|caller| caller.with_scopes(scopes.split_whitespace()))
            .and_then(|caller| caller.with_roles(roles.split_whitespace()))
            .map_err(|error| {
                StartError::new(
                    format!("the local caller is not valid: {error}"),
                    format!("correct {CALLER}, {SCOPES} and {ROLES}"),
                )
            })
    }
}

/// Users for development: each gets a new bearer token whenever the server starts.
///
/// Over HTTP the tokens work on loopback only. Over stdio `SECURE_TOOL_CALLER` chooses the user.
pub struct DevelopmentUsers {
    users: Vec<User>,
    by_token: HashMap<[u8; 32], usize>,
}

struct User {
    caller: Caller,
    #[cfg_attr(not(feature = "http"), expect(dead_code, reason = "stdio needs no token"))]
    token: SecretString,
}

impl DevelopmentUsers {
    /// No users yet.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "nobody wants a default set of users")]
    pub fn new() -> Self {
        DevelopmentUsers { users: Vec::new(), by_token: HashMap::new() }
    }

    /// Adds a user with scopes and roles.
    ///
    /// # Panics
    /// If a name is not valid (see [`Caller::new`]), the user is there already, or the operating
    /// system has no randomness to give.
    #[must_use]
    pub fn user(mut self, name: &str, scopes: &[&str], roles: &[&str]) -> Self {
        assert!(self.named(name).is_none(), "the development user `{name}` is there twice");
        let caller = Caller::new(name)
            .and_then(|caller| caller.with_scopes(scopes.iter().copied()))
            .and_then(|caller| caller.with_roles(roles.iter().copied()))
            .unwrap_or_else(|error| panic!("the development user `{name}`: {error}"));
        let token = new_token();
        self.by_token.insert(digest(token.expose_secret()), self.users.len());
        self.users.push(User { caller, token });
        self
    }

    fn named(&self, name: &str) -> Option<&Caller> {
        let callers = self.users.iter().map(|user| &user.caller);
        callers.into_iter().find(|caller| caller.subject().as_str() == name)
    }

    /// The user to whom a token was given. What is compared is digests, so that the time it takes
    /// tells nothing about the token.
    #[cfg(feature = "http")]
    pub(crate) fn bearer(&self, token: &str) -> Option<&Caller> {
        let index = *self.by_token.get(&digest(token))?;
        self.users.get(index).map(|user| &user.caller)
    }

    /// Names and tokens, in the order of declaration: for whoever started the server.
    #[cfg(feature = "http")]
    pub(crate) fn tokens(&self) -> impl Iterator<Item = (&str, &SecretString)> {
        self.users.iter().map(|user| (user.caller.subject().as_str(), &user.token))
    }
}

/// 256 bits from the operating system.
fn new_token() -> SecretString {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).expect("a server without random numbers must not hand out tokens");
    format!("dev_{}", hex(&bytes)).into()
}

fn digest(token: &str) -> [u8; 32] {
    Sha256::digest(token).into()
}

/// Names only: the tokens stay unseen.
impl fmt::Debug for DevelopmentUsers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.users.iter().map(|user| user.caller.subject().as_str())).finish()
    }
}
