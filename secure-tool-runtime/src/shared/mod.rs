//! What several instances of a server remember together: limits, nonces, revocations.
//!
//! Limits that each instance counts alone grow with the number of instances, and a nonce that only
//! one instance has seen is good at the next. A [`SharedState`] keeps them in one place: in a
//! [`Redis`], or, for one instance alone, in [`Memory`].
//!
//! ```no_run
//! # use secure_tool_runtime::prelude::*;
//! use secure_tool_runtime::shared::{OnOutage, Redis};
//! # fn start(tools: secure_tool_runtime::ToolSet, url: String, secret: String) -> Result<(), Box<dyn std::error::Error>> {
//! let redis = Redis::new(url, secret)?.on_outage(OnOutage::LocalShare { instances: 3 });
//! let server = Server::new(tools).shared_state(redis);
//! # Ok(())
//! # }
//! ```
//!
//! Who is counted is not stored in clear: keys are HMAC-SHA-256 (RFC 2104) under a secret that the
//! instances share, so that neither the store nor its backups tell who calls. Everything expires.
//!
//! An error is never an admission: see [`OnOutage`] for what becomes of calls while the store is down.

mod expiring;
mod key;
mod memory;
mod redis;

use std::error::Error;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;

pub use self::key::Key;
use self::key::SecretKeys;
pub use self::memory::Memory;
pub use self::redis::Redis;
use crate::rate_limit::{Exceeded, Rate};
use crate::server::StartError;

/// What a store answers, as soon as it does.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, Outage>> + Send + 'a>>;

/// A place in which instances remember together.
///
/// Each answer comes within a time that the store bounds itself. A store that cannot answer says
/// [`Outage`]; what it says then must not depend on the key.
pub trait Store: Send + Sync + fmt::Debug + 'static {
    /// Counts one call against all of these limits, or against none if one of them is exceeded.
    fn admit<'a>(&'a self, limits: &'a [Limit]) -> Answer<'a, Result<(), Exceeded>>;

    /// As [`Store::admit`], without counting.
    fn would_admit<'a>(&'a self, limits: &'a [Limit]) -> Answer<'a, Result<(), Exceeded>>;

    /// Marks a key for that long. True if it was not marked: of all who ask, one is told so.
    fn mark(&self, key: Key, keep: Duration) -> Answer<'_, bool>;

    /// True if a key is marked.
    fn is_marked(&self, key: Key) -> Answer<'_, bool>;

    /// Keeps a value. False, and nothing is kept, if its owner has as many as anybody may.
    fn keep(&self, keep: Keep) -> Answer<'_, bool>;

    /// The value of a key, if it is kept still.
    fn kept(&self, key: Key) -> Answer<'_, Option<Vec<u8>>>;

    /// Puts another value in place of one that is kept, for the rest of its time. False if there is
    /// none.
    fn replace(&self, key: Key, value: Vec<u8>) -> Answer<'_, bool>;

    /// As [`Store::kept`], and forgets it: of all who ask, one gets it.
    fn take(&self, owner: Key, key: Key) -> Answer<'_, Option<Vec<u8>>>;
}

/// A rate, and whose calls count against it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// Whose.
    pub key: Key,
    /// How often. Stores may round the time between two calls up to a microsecond.
    pub rate: Rate,
}

/// A value to be kept.
pub struct Keep {
    /// Whose it is.
    pub owner: Key,
    /// By what it is found.
    pub key: Key,
    /// The value.
    pub value: Vec<u8>,
    /// For how long.
    pub lifetime: Duration,
    /// How many values its owner may have at a time.
    pub most: usize,
}

/// Nothing of what is kept.
impl fmt::Debug for Keep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keep").field("lifetime", &self.lifetime).finish_non_exhaustive()
    }
}

/// The store did not answer, or not in time. What it says is for the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outage(Box<str>);

impl Outage {
    /// With the cause. It must hold no value of a client.
    pub fn new(cause: impl Into<Box<str>>) -> Self {
        Outage(cause.into())
    }
}

impl fmt::Display for Outage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the shared state is out of reach: {}", self.0)
    }
}

impl Error for Outage {}

/// What becomes of a call whose limit cannot be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum OnOutage {
    /// It is refused (checklist: Failures are fail-secure).
    #[default]
    Refuse,
    /// Each instance admits its share of the rate and of the burst, rounded down, one call at least.
    ///
    /// All instances together then admit no more than the limit (with a burst below their number: as
    /// many as there are instances). An instance counts the calls that it serves at other times, too,
    /// so that an outage gives nothing to whoever has had his share. Calls that were counted elsewhere
    /// before the outage are not known: one outage admits at most one burst more.
    LocalShare {
        /// How many instances there are.
        instances: u32,
    },
}

/// What the instances of a server share. Cheap to clone; see [the module](self).
#[derive(Debug, Clone)]
pub struct SharedState {
    store: Arc<dyn Store>,
    keys: SecretKeys,
    on_outage: OnOutage,
}

impl SharedState {
    /// State in a store of your own. The secret, of 32 bytes at least, is the same at all instances.
    ///
    /// # Errors
    /// If the secret is too short.
    pub fn new(store: impl Store, secret: &SecretString) -> Result<Self, StartError> {
        let keys = SecretKeys::new(secret)?;
        Ok(SharedState { store: Arc::new(store), keys, on_outage: OnOutage::default() })
    }

    /// What becomes of calls while the store is down; refused by default.
    #[must_use]
    pub fn on_outage(mut self, choice: OnOutage) -> Self {
        self.on_outage = choice;
        self
    }

    pub(crate) fn outage(&self) -> OnOutage {
        self.on_outage
    }

    /// The key of something, for one purpose: the same at all instances, and nothing about it can be
    /// told from outside. The parts are told apart: `["ab", "c"]` has another key than `["a", "bc"]`.
    #[must_use]
    pub fn key(&self, purpose: &str, parts: &[&[u8]]) -> Key {
        self.keys.key(purpose, parts)
    }

    /// Counts one call against all of these limits, or against none if one of them is exceeded: one
    /// round trip.
    ///
    /// # Errors
    /// [`Outage`] if the store does not answer in time: refuse.
    pub async fn admit(&self, limits: &[Limit]) -> Result<Result<(), Exceeded>, Outage> {
        self.store.admit(limits).await
    }

    /// As [`SharedState::admit`], without counting: for limits of which only failures take, such as
    /// failed log-ins. Ask before the credentials are looked at, and count when they are wrong.
    ///
    /// # Errors
    /// As [`SharedState::admit`].
    pub async fn would_admit(&self, limits: &[Limit]) -> Result<Result<(), Exceeded>, Outage> {
        self.store.would_admit(limits).await
    }

    /// True if this is the first use of a nonce; of all instances that ask, one is told so. It is
    /// remembered for `keep`, which has to outlast the time in which the nonce is accepted.
    ///
    /// # Errors
    /// As [`SharedState::admit`].
    pub async fn first_use(&self, nonce: &[u8], keep: Duration) -> Result<bool, Outage> {
        self.store.mark(self.key("nonce", &[nonce]), keep).await
    }

    /// Revokes something by its digest or identifier, such as the verdict on a token, for as long as
    /// that would have been accepted.
    ///
    /// # Errors
    /// As [`SharedState::admit`]: then nothing is revoked yet.
    pub async fn revoke(&self, what: &[u8], keep: Duration) -> Result<(), Outage> {
        self.store.mark(self.key("revoked", &[what]), keep).await.map(|_| ())
    }

    /// True if it was revoked.
    ///
    /// # Errors
    /// As [`SharedState::admit`].
    pub async fn is_revoked(&self, what: &[u8]) -> Result<bool, Outage> {
        self.store.is_marked(self.key("revoked", &[what])).await
    }
}

/// What [`Handles`](crate::handles::Handles) name.
impl SharedState {
    pub(crate) async fn keep(&self, keep: Keep) -> Result<bool, Outage> {
        self.store.keep(keep).await
    }

    pub(crate) async fn kept(&self, key: Key) -> Result<Option<Vec<u8>>, Outage> {
        self.store.kept(key).await
    }

    pub(crate) async fn replace(&self, key: Key, value: Vec<u8>) -> Result<bool, Outage> {
        self.store.replace(key, value).await
    }

    pub(crate) async fn take(&self, owner: Key, key: Key) -> Result<Option<Vec<u8>>, Outage> {
        self.store.take(owner, key).await
    }
}

#[cfg(test)]
mod tests;
