//! The issuer's keys, kept: refreshed in the background, fetched once for however many tokens with
//! an unknown key, served stale for a bounded time when the issuer is down.

use std::sync::{Arc, PoisonError, RwLock, Weak};
use std::time::{Duration, Instant};

use tokio::sync::Mutex;
use url::Url;

use super::config::Config;
use super::discovery::{Metadata, discover};
use super::fetch::{Issuer, NoAnswer};
use super::jwks::KeySet;
use super::refusal::{Failed, Invalid};

/// The keys of one issuer.
#[derive(Debug)]
pub(super) struct Keys {
    config: Arc<Config>,
    issuer: Issuer,
    state: RwLock<State>,
    /// Held while the issuer is asked, so that it is asked once.
    asking: Mutex<()>,
}

#[derive(Debug, Default)]
struct State {
    metadata: Option<Metadata>,
    keys: Option<Fetched>,
    tried: Option<Tried>,
}

/// Keys, and when they came.
#[derive(Debug, Clone)]
pub(super) struct Fetched {
    pub(super) keys: Arc<KeySet>,
    at: Instant,
}

#[derive(Debug, Clone, Copy)]
struct Tried {
    at: Instant,
    succeeded: bool,
}

impl Keys {
    /// Must be called within a Tokio runtime, where the refreshing goes on.
    pub(super) fn start(config: Arc<Config>, issuer: Issuer) -> Arc<Self> {
        let (state, asking) = Default::default();
        let keys = Arc::new(Keys { config, issuer, state, asking });
        tokio::spawn(refresh(Arc::downgrade(&keys)));
        keys
    }

    /// The keys as they are; asks the issuer if there are none, or too old ones.
    pub(super) async fn current(&self) -> Result<Fetched, Failed> {
        if let Some(fetched) = self.fresh_enough() {
            return Ok(fetched);
        }
        self.ask(None).await;
        self.fresh_enough().ok_or_else(|| self.unavailable())
    }

    /// Keys that came after these ones, for a token with a key that is not among them.
    pub(super) async fn newer(&self, than: &Fetched) -> Result<Fetched, Failed> {
        self.ask(Some(than.at)).await;
        match self.fresh_enough() {
            Some(fetched) if fetched.at > than.at => Ok(fetched),
            _ if self.read(|state| state.tried.is_some_and(|tried| tried.succeeded)) => {
                Err(Failed::NotNow(Invalid("kid")))
            }
            // It may have the key; it cannot be asked.
            _ => Err(self.unavailable()),
        }
    }

    /// How long verdicts under these keys may be kept.
    pub(super) fn last_until(&self, fetched: &Fetched) -> Instant {
        fetched.at + self.config.keys.stale
    }

    /// The digest of the keys as they are.
    pub(super) fn digest(&self) -> Option<[u8; 32]> {
        self.read(|state| state.keys.as_ref().map(|fetched| fetched.keys.digest))
    }

    /// Where tokens are introspected, if the issuer says so.
    pub(super) async fn introspection(&self) -> Result<Url, Failed> {
        let known = || self.read(|state| state.metadata.as_ref()?.introspection.clone());
        if known().is_none() {
            self.ask(None).await;
        }
        known().ok_or_else(|| self.unavailable())
    }

    pub(super) fn issuer(&self) -> &Issuer {
        &self.issuer
    }

    fn unavailable(&self) -> Failed {
        Failed::Unavailable(self.config.keys.interval)
    }

    fn fresh_enough(&self) -> Option<Fetched> {
        let fetched = self.read(|state| state.keys.clone())?;
        (fetched.at.elapsed() < self.config.keys.stale).then_some(fetched)
    }

    fn read<T>(&self, read: impl FnOnce(&State) -> T) -> T {
        // A panic while it was written leaves it whole: it is written field by field, by moves.
        read(&self.state.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn write(&self, write: impl FnOnce(&mut State)) {
        write(&mut self.state.write().unwrap_or_else(PoisonError::into_inner));
    }

    /// Asks the issuer, unless somebody just did: within the minimum interval, or, while we waited,
    /// with an answer that is newer than `than`.
    async fn ask(&self, than: Option<Instant>) {
        let _asking = self.asking.lock().await;
        let newer = |at: Instant| than.is_none_or(|than| at > than);
        let answered = self.fresh_enough().is_some_and(|fetched| newer(fetched.at));
        let tried = self.read(|state| state.tried);
        let lately = tried.is_some_and(|tried| tried.at.elapsed() < self.config.keys.interval);
        if !answered && !lately {
            self.fetch().await;
        }
    }

    async fn fetch(&self) {
        // Whoever makes us ask and goes away before there is an answer has made us ask all the same.
        self.write(|state| {
            let succeeded = state.tried.is_some_and(|tried| tried.succeeded);
            state.tried = Some(Tried { at: Instant::now(), succeeded });
        });
        let result = self.fetched().await;
        let tried = Tried { at: Instant::now(), succeeded: result.is_ok() };
        self.write(|state| state.tried = Some(tried));
        if let Err(NoAnswer(cause)) = result {
            let issuer = self.config.issuer.as_str();
            tracing::error!(target: "secure_tool", issuer, cause, "the issuer's keys cannot be fetched");
        }
    }

    async fn fetched(&self) -> Result<(), NoAnswer> {
        // After a failure the keys may be elsewhere.
        let trusted = |state: &State| state.tried.is_some_and(|tried| tried.succeeded);
        let known = self.read(|state| state.metadata.clone().filter(|_| trusted(state)));
        let metadata = match known {
            Some(metadata) => metadata,
            None => discover(&self.issuer, &self.config).await?,
        };
        self.write(|state| state.metadata = Some(metadata.clone()));
        let Some(address) = &metadata.keys else {
            // All of its tokens are opaque.
            return if self.config.client.is_some() {
                Ok(())
            } else {
                Err(NoAnswer("it has no `jwks_uri`"))
            };
        };
        let asked = Instant::now();
        let document = self.issuer.get(address).await?;
        let keys = KeySet::parse(&document, &self.config.algorithms);
        let keys = Arc::new(keys.ok_or(NoAnswer("it has no key for an allowed algorithm"))?);
        self.write(|state| state.keys = Some(Fetched { keys, at: asked }));
        Ok(())
    }
}

/// Keeps the keys fresh for as long as somebody uses them.
async fn refresh(keys: Weak<Keys>) {
    loop {
        let Some(keys) = keys.upgrade() else { return };
        let wait = {
            let _asking = keys.asking.lock().await;
            keys.fetch().await;
            let succeeded = keys.read(|state| state.tried.is_some_and(|tried| tried.succeeded));
            let freshness = keys.config.keys;
            if succeeded { freshness.refresh } else { freshness.interval.min(freshness.refresh) }
        };
        drop(keys);
        tokio::time::sleep(wait.max(Duration::from_millis(1))).await;
    }
}
