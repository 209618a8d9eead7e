//! What several instances of a server remember together: limits, failed log-ins, nonces, revocations.
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
//! # Revoking a token
//!
//! A verdict on a token is kept in the memory of each instance, for minutes. [`SharedState::revoke_token`], or
//! `tokens revoke` on the command line, puts its digest on a list that the instances read once a second
//! while they are called, so that it costs calls no round trip of their own: within a second all refuse it,
//! with 401. Revocations end by themselves; an instance that knows one keeps it even if the store has forgotten
//! it. In an outage a server that refuses answers 503; one that admits its share goes by what it knows.
//!
//! An error is never an admission: see [`OnOutage`] for what becomes of calls while the store is down.

mod expiring;
mod key;
mod memory;
mod redis;
mod revocations;

use std::error::Error;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

pub use self::key::Key;
use self::key::SecretKeys;
pub use self::memory::Memory;
pub use self::redis::Redis;
#[cfg(feature = "http")]
pub(crate) use self::revocations::Revocations;
pub use self::revocations::Revoked;
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

    /// Takes back one call that [`Store::admit`] has counted against each of these limits. A limit
    /// that has recovered fully gains nothing.
    fn give_back<'a>(&'a self, limits: &'a [Limit]) -> Answer<'a, ()>;

    /// Marks a key for that long. True if it was not marked: of all who ask, one is told so.
    fn mark(&self, key: Key, keep: Duration) -> Answer<'_, bool>;

    /// Puts a key on the list of what is revoked, for that long, and for longer if it is there for
    /// longer. A list that is full refuses.
    fn revoke(&self, key: Key, keep: Duration) -> Answer<'_, ()>;

    /// The list of what is revoked, unless it is the one of this version.
    fn revoked(&self, unless: u64) -> Answer<'_, Option<Revoked>>;

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

    /// As [`SharedState::admit`], without counting.
    ///
    /// # Errors
    /// As [`SharedState::admit`].
    pub async fn would_admit(&self, limits: &[Limit]) -> Result<Result<(), Exceeded>, Outage> {
        self.store.would_admit(limits).await
    }

    /// Takes back what [`SharedState::admit`] has counted: for limits of which only failures take, such
    /// as failed log-ins. Count each before it is tried, so that no burst gets past the limit, and give it
    /// back if it was good.
    ///
    /// # Errors
    /// As [`SharedState::admit`]: then it stays counted.
    pub async fn give_back(&self, limits: &[Limit]) -> Result<(), Outage> {
        self.store.give_back(limits).await
    }

    /// True if this is the first use of a nonce; of all instances that ask, one is told so. It is
    /// remembered for `keep`, which has to outlast the time in which the nonce is accepted.
    ///
    /// # Errors
    /// As [`SharedState::admit`].
    pub async fn first_use(&self, nonce: &[u8], keep: Duration) -> Result<bool, Outage> {
        self.store.mark(self.key("nonce", &[nonce]), keep).await
    }

    /// Revokes a bearer token, so that all instances refuse it within a second, whichever way it is
    /// known, although it is valid and they have its verdict in memory. Keep that for as long as the token
    /// would have been accepted.
    ///
    /// What it was let in for goes on: calls that run end by themselves.
    ///
    /// # Errors
    /// As [`SharedState::admit`], and if too much is revoked already: then it is not revoked.
    pub async fn revoke_token(&self, token: &SecretString, keep: Duration) -> Result<(), Outage> {
        self.revoke(&token_name(token.expose_secret()), keep).await
    }

    /// Revokes something by its digest or identifier, for as long as it would have been accepted. A
    /// bearer token that is no JWT is revoked by its SHA-256, all are by [`SharedState::revoke_token`]: a JWT
    /// has several texts.
    ///
    /// # Errors
    /// As [`SharedState::revoke_token`].
    pub async fn revoke(&self, what: &[u8], keep: Duration) -> Result<(), Outage> {
        self.store.revoke(self.revoked_key(what), keep).await
    }

    /// True if it was revoked. It asks the store, and reads all of the list.
    ///
    /// # Errors
    /// As [`SharedState::admit`].
    pub async fn is_revoked(&self, what: &[u8]) -> Result<bool, Outage> {
        let (key, list) = (self.revoked_key(what), self.store.revoked(0).await?);
        let mut keys = list.iter().flat_map(|list| &list.keys);
        Ok(keys.any(|(revoked, left)| *revoked == key && !left.is_zero()))
    }

    fn revoked_key(&self, what: &[u8]) -> Key {
        self.key("revoked", &[what])
    }
}

/// What a bearer token is known by among what is revoked: it is kept nowhere.
///
/// A JWT is known by what was signed. Who has one with an ECDSA signature (r, s) can make (r, n − s) of it, which
/// is as good and another text.
pub(crate) fn token_name(token: &str) -> Vec<u8> {
    match signed(token) {
        Some(signed) => jwt_name(&digest(signed)).to_vec(),
        None => digest(token).to_vec(),
    }
}

/// The same, of a JWT whose header and payload have this SHA-256: one byte more, so that it is no digest of
/// another token.
pub(crate) fn jwt_name(digest: &[u8; 32]) -> [u8; 33] {
    let mut name = [b'j'; 33];
    name[1..].copy_from_slice(digest);
    name
}

/// All names by which a token may have been revoked: whoever has the SHA-256 of a JWT's whole text may have
/// revoked that.
#[cfg(feature = "http")]
fn token_names(token: &str) -> [Vec<u8>; 2] {
    [token_name(token), digest(token).to_vec()]
}

/// The header and the payload, if it is a JWT: three parts, of which the first is an object in base64url. Other
/// tokens have dots as well (PASETO), and what is before their last one may be the same for all.
fn signed(token: &str) -> Option<&str> {
    let (signed, _) = token.rsplit_once('.')?;
    let is_jwt =
        token.starts_with("ey") && signed.bytes().filter(|byte| *byte == b'.').count() == 1;
    is_jwt.then_some(signed)
}

fn digest(text: &str) -> [u8; 32] {
    Sha256::digest(text).into()
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
