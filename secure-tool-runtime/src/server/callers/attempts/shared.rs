//! Attempts that all instances count together.

use super::{Counted, NotMade, OUTAGE, key};
use crate::guards::Network;
use crate::rate_limit::{Exceeded, Failures, Rate};
use crate::shared::{Limit, OnOutage, SharedState};

#[derive(Debug)]
pub(super) struct SharedAttempts {
    state: SharedState,
    rate: Rate,
    /// What this instance admits on its own, while the store is down.
    share: Option<Failures>,
}

impl SharedAttempts {
    pub(super) fn new(state: SharedState, rate: Rate) -> Self {
        let share = match state.outage() {
            OnOutage::LocalShare { instances } => Some(Failures::new(rate.share(instances))),
            OnOutage::Refuse => None,
        };
        SharedAttempts { state, rate, share }
    }

    /// Counts an attempt. Refuses it, or admits a share, while the store is down.
    pub(super) async fn count(&self, network: Network) -> Result<(), NotMade> {
        let share = self.share.as_ref().map(|share| share.count(key(network, Counted::LogIns)));
        match (self.state.admit(&self.limit(network)).await, share) {
            (Ok(checked), _) => {
                checked.map_err(|Exceeded { retry_after }| NotMade::TooMany(retry_after))
            }
            (Err(_), Some(share)) => share.map_err(NotMade::TooMany),
            (Err(_), None) => Err(NotMade::Unavailable(OUTAGE)),
        }
    }

    pub(super) async fn give_back(&self, network: Network) {
        if let Some(share) = &self.share {
            share.give_back(key(network, Counted::LogIns));
        }
        // While the store is down, it has one failure too many until that expires.
        let _ = self.state.give_back(&self.limit(network)).await;
    }

    fn limit(&self, network: Network) -> [Limit; 1] {
        [Limit { key: network.key(&self.state, "failed log-in", &[]), rate: self.rate }]
    }
}
