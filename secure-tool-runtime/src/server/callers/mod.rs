//! Ways of knowing who calls.
//!
//! Over stdio the environment says it. Over HTTP each request says it anew, in one of several ways
//! that are asked in the order in which the author stated them; the first that takes a request for
//! its own decides.

#[cfg(feature = "http")]
pub mod api_keys;
#[cfg(feature = "http")]
mod attempts;
#[cfg(feature = "tls")]
mod certificates;
mod development;
#[cfg(feature = "http")]
mod door;
mod local;
#[cfg(feature = "oauth")]
pub mod oauth;
#[cfg(feature = "http")]
mod way;

use std::fmt;
use std::sync::Arc;

#[cfg(feature = "tls")]
pub use certificates::ClientCertificates;
pub use development::DevelopmentUsers;
#[cfg(feature = "http")]
pub(super) use door::{Admission, Door, FAILURES};
pub use local::{CallerVariables, LocalCaller};
#[cfg(feature = "http")]
pub(crate) use way::{Authenticate, Judgement, Presented, Refused, Verdict};

use super::StartError;
use crate::caller::Caller;

/// How a server knows its callers.
///
/// Several ways can be combined. Over HTTP they are asked in the order in which they were stated:
///
/// ```
/// # use secure_tool_runtime::{Callers, DevelopmentUsers, LocalCaller};
/// let callers = Callers::from(DevelopmentUsers::new().user("alice", &["notes:read"], &[]))
///     .or(LocalCaller::from_env());
/// ```
pub struct Callers {
    local: Option<LocalCaller>,
    users: Option<Arc<DevelopmentUsers>>,
    #[cfg(feature = "http")]
    ways: Vec<Way>,
}

/// A way as its author described it; what it needs is read when the server starts.
#[cfg(feature = "http")]
struct Way {
    name: &'static str,
    open: Box<dyn FnOnce() -> Result<Arc<dyn Authenticate>, StartError> + Send + Sync>,
}

/// True for tokens that this program made: nobody else is shown them.
#[cfg(feature = "oauth")]
fn is_of_this_server(token: &str) -> bool {
    [development::PREFIX, api_keys::PREFIX].iter().any(|prefix| token.starts_with(prefix))
}

impl Callers {
    fn none() -> Self {
        Callers {
            local: None,
            users: None,
            #[cfg(feature = "http")]
            ways: Vec::new(),
        }
    }

    /// A way over HTTP that is opened when the server starts.
    #[cfg(feature = "http")]
    pub(crate) fn over_http(
        name: &'static str,
        open: impl FnOnce() -> Result<Arc<dyn Authenticate>, StartError> + Send + Sync + 'static,
    ) -> Self {
        let mut callers = Callers::none();
        callers.ways.push(Way { name, open: Box::new(open) });
        callers
    }

    /// These ways, then another one.
    ///
    /// Over HTTP a request belongs to the first way that takes it for its own: a key by its prefix,
    /// an access token by its form. Where that way refuses, no other one is asked.
    #[must_use]
    pub fn or(mut self, other: impl Into<Callers>) -> Self {
        let other = other.into();
        self.local = self.local.or(other.local);
        self.users = self.users.or(other.users);
        #[cfg(feature = "http")]
        self.ways.extend(other.ways);
        self
    }

    /// Other callers over HTTP. Who calls over stdio stays; users for development do not.
    #[cfg(feature = "config")]
    pub(super) fn over_http_as(self, other: Callers) -> Self {
        Callers { local: self.local, ..other }
    }

    /// Who calls over stdio.
    pub(crate) fn local(&self) -> Result<Caller, StartError> {
        match &self.local {
            Some(local) => local.identify(self.users.as_deref()),
            None => LocalCaller::from_env().identify(self.users.as_deref()),
        }
    }

    /// The users whose tokens are shown to whoever starts the server.
    #[cfg(feature = "http")]
    pub(super) fn users(&self) -> Option<Arc<DevelopmentUsers>> {
        self.users.clone()
    }

    /// Opens all ways over HTTP, in their order.
    #[cfg(feature = "http")]
    fn open(self) -> Result<Vec<Arc<dyn Authenticate>>, StartError> {
        if self.ways.is_empty() {
            return Err(StartError::new(
                "this server knows only its local caller: nobody could call over HTTP",
                "give it users with `.callers(DevelopmentUsers::new().user(…))`, or serve over stdio",
            ));
        }
        self.ways.into_iter().map(|way| (way.open)()).collect()
    }
}

impl From<LocalCaller> for Callers {
    fn from(local: LocalCaller) -> Self {
        Callers { local: Some(local), ..Callers::none() }
    }
}

impl From<DevelopmentUsers> for Callers {
    fn from(users: DevelopmentUsers) -> Self {
        let users = Arc::new(users);
        #[cfg(feature = "http")]
        let callers = {
            let users = Arc::clone(&users);
            Callers::over_http("development users", move || Ok(users))
        };
        #[cfg(not(feature = "http"))]
        let callers = Callers::none();
        Callers { users: Some(users), ..callers }
    }
}

/// The names of the ways.
impl fmt::Debug for Callers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut callers = f.debug_struct("Callers");
        callers.field("local", &self.local).field("users", &self.users);
        #[cfg(feature = "http")]
        callers.field("ways", &self.ways.iter().map(|way| way.name).collect::<Vec<_>>());
        callers.finish()
    }
}
