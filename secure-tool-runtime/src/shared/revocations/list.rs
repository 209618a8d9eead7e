//! The list in the memory of an instance, read anew once a second while somebody calls.
//!
//! So a revocation costs calls no round trip of their own: of all calls in a second one asks, and those
//! beside it wait for it. What was revoked once stays so until it ends, even if the store has forgotten it.

use std::collections::HashMap;
use std::fmt;
use std::sync::{PoisonError, RwLock, RwLockReadGuard};
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::Instant;

use super::super::{Key, OnOutage, Outage, SharedState, token_names};

/// How long the list is taken for the store's: revocations are seen by then.
const FRESH: Duration = Duration::from_secs(1);

/// How long nobody asks again after the store has not answered.
const PAUSE: Duration = Duration::from_millis(100);

pub(crate) struct Revocations {
    shared: SharedState,
    known: RwLock<Known>,
    /// Held by the one who asks.
    asking: Mutex<()>,
}

#[derive(Default)]
struct Known {
    version: u64,
    until: HashMap<Key, Instant>,
    asked: Option<Asked>,
}

struct Asked {
    at: Instant,
    answered: bool,
}

impl Known {
    /// Whether the store has answered, if it needs not be asked again yet.
    fn recent(&self, now: Instant) -> Option<bool> {
        let asked = self.asked.as_ref()?;
        let good_for = if asked.answered { FRESH } else { PAUSE };
        (now < asked.at + good_for).then_some(asked.answered)
    }
}

impl Revocations {
    pub(crate) fn new(shared: SharedState) -> Self {
        Revocations { shared, known: RwLock::default(), asking: Mutex::default() }
    }

    /// True if a token was revoked, a second ago or earlier.
    ///
    /// # Errors
    /// When to come again, if that is not known and the server refuses in an outage.
    pub(crate) async fn include(&self, token: &str) -> Result<bool, Duration> {
        let now = Instant::now();
        let recent = self.known().recent(now);
        let answered = match recent {
            Some(answered) => answered,
            None => self.ask().await,
        };
        // With a share of its own, an instance goes by what it knows.
        if !answered && self.shared.outage() == OnOutage::Refuse {
            return Err(FRESH);
        }
        let known = self.known();
        // Nearly always: then nothing is computed.
        if known.until.is_empty() {
            return Ok(false);
        }
        let is_revoked = |name: Vec<u8>| {
            let until = known.until.get(&self.shared.revoked_key(&name));
            until.is_some_and(|until| *until > now)
        };
        Ok(token_names(token).into_iter().any(is_revoked))
    }

    /// Asks the store, or waits for somebody who does. True if it has answered.
    async fn ask(&self) -> bool {
        let _asking = self.asking.lock().await;
        let (recent, version) = {
            let known = self.known();
            (known.recent(Instant::now()), known.version)
        };
        if let Some(answered) = recent {
            return answered;
        }
        // Before the answer is made: it holds what was revoked until now.
        let at = Instant::now();
        let answer = self.shared.store.revoked(version).await;
        let answered = answer.is_ok();
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.learn(answer, at);
        known.asked = Some(Asked { at: if answered { at } else { Instant::now() }, answered });
        answered
    }

    fn known(&self) -> RwLockReadGuard<'_, Known> {
        // It is changed by what cannot panic.
        self.known.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    fn learn(&mut self, answer: Result<Option<super::Revoked>, Outage>, now: Instant) {
        self.until.retain(|_, until| *until > now);
        let Ok(Some(revoked)) = answer else { return };
        self.version = revoked.version;
        for (key, left) in revoked.keys {
            // What ends later than any clock can say ends with the process.
            let end = now.checked_add(left).unwrap_or(now + Duration::from_secs(LONGEST));
            let until = self.until.entry(key).or_insert(end);
            *until = end.max(*until);
        }
    }
}

/// Thirty years, in seconds.
const LONGEST: u64 = 30 * 366 * 86_400;

impl fmt::Debug for Revocations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Revocations").finish_non_exhaustive()
    }
}
