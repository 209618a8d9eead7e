//! What all instances know together: limits, and the states of calls that ask.

use std::io;

use super::{Counted, Settings};
use crate::error::Refusal;
use crate::exchange::States;
use crate::policy::Rate;
use crate::rate_limit::{Exceeded, Limiter};
use crate::shared::{Key, Limit, OnOutage, SharedState};

impl Settings {
    /// What this instance admits when it is on its own.
    pub(super) fn own(&self, rate: Rate) -> Rate {
        match self.shared.as_ref().map(SharedState::outage) {
            Some(OnOutage::LocalShare { instances }) => rate.share(instances),
            _ => rate,
        }
    }

    /// What calls that ask their clients have to know again.
    pub(super) fn states(&self) -> io::Result<States> {
        self.shared.as_ref().map_or_else(States::new, |shared| Ok(States::shared(shared)))
    }
}

/// Whether a call is within a limit.
pub(super) struct Question<'a> {
    pub(super) shared: &'a SharedState,
    /// Of this instance alone.
    pub(super) limiter: &'a Limiter,
    pub(super) key: u64,
    pub(super) rate: Rate,
    /// None for tools that there are not.
    pub(super) tool: Option<&'a str>,
    pub(super) counted: Counted<'a>,
}

impl Question<'_> {
    pub(super) async fn ask(self) -> Result<(), Refusal> {
        let Question { shared, limiter, key, rate, .. } = self;
        let limited =
            |rate| move |Exceeded { retry_after }| Refusal::RateLimited { rate, retry_after };
        match (shared.admit(&[Limit { key: self.key(), rate }]).await, shared.outage()) {
            (Ok(Ok(())), OnOutage::LocalShare { .. }) => {
                // Counted here, too: who has had his share has none left when there is an outage.
                let _ = limiter.check(key);
                Ok(())
            }
            (Ok(checked), _) => checked.map_err(limited(rate)),
            (Err(_), OnOutage::LocalShare { .. }) => {
                limiter.check(key).map_err(limited(limiter.rate()))
            }
            (Err(outage), OnOutage::Refuse) => Err(Refusal::Unavailable(outage.to_string().into())),
        }
    }

    /// The same at all instances.
    fn key(&self) -> Key {
        let purpose = if self.tool.is_some() { "call" } else { "guess" };
        let tool = self.tool.unwrap_or_default().as_bytes();
        let key = |who: &[&[u8]]| self.shared.key(purpose, &[&[tool], who].concat());
        match &self.counted {
            Counted::Caller(caller) => key(&[b"caller", caller.subject().as_str().as_bytes()]),
            Counted::Client(network) => network.key(self.shared, purpose, &[tool]),
            Counted::All => key(&[b"all"]),
        }
    }
}
