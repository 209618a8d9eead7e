//! How often authentication may fail from one address: each attempt counts before it is made.

mod running;
#[cfg(feature = "redis")]
mod shared;

use std::time::Duration;

use tokio::time::Instant;

use self::running::{Place, Running};
#[cfg(feature = "redis")]
use self::shared::SharedAttempts;
use crate::guards::Network;
use crate::rate_limit::{Failures, Hashed, Rate};
#[cfg(feature = "redis")]
use crate::shared::SharedState;

/// The longest that an attempt waits for others from its address to end.
const PATIENCE: Duration = Duration::from_secs(5);

/// When to come again while the store of all instances is down.
#[cfg(feature = "redis")]
const OUTAGE: Duration = Duration::from_secs(1);

/// What failures are counted for.
#[derive(Clone, Copy)]
enum Counted {
    /// Credentials that are not valid.
    LogIns = 0,
    /// Handshakes with certificates that are not valid. They count apart: where they were too many, nobody
    /// from there gets a connection, not even those who are known and whom failed log-ins do not shut out.
    #[cfg(feature = "tls")]
    Handshakes = 1,
}

/// Attempts, by the network that they come from.
///
/// Those that are being made count as failures until it is known that they are none, so that no
/// burst gets past the limit, and who goes away before the answer has failed. Others from the same
/// network, which may be good, wait meanwhile.
#[derive(Debug)]
pub(super) struct Attempts {
    /// In this process. It is asked first, so that a flood costs the other instances nothing.
    here: Failures,
    #[cfg(feature = "redis")]
    shared: Option<SharedAttempts>,
    running: Running,
    /// Requests without credentials, which are only logged less. Apart, because anybody makes as many as he
    /// likes: they must not take the places of those who fail.
    strangers: Failures,
}

/// Why an attempt is not made.
#[derive(Debug)]
pub(super) enum NotMade {
    /// There were too many, for so long.
    TooMany(Duration),
    /// Another one has ended: what it has found may be the answer.
    Again,
    /// It cannot be told; to be asked again after this time.
    #[cfg_attr(not(feature = "redis"), expect(dead_code, reason = "memory always answers"))]
    Unavailable(Duration),
}

impl Attempts {
    pub(super) fn new(rate: Rate, #[cfg(feature = "redis")] shared: Option<SharedState>) -> Self {
        Attempts {
            here: Failures::new(rate),
            #[cfg(feature = "redis")]
            shared: shared.map(|shared| SharedAttempts::new(shared, rate)),
            running: Running::default(),
            strangers: Failures::new(rate),
        }
    }

    /// Counts a failure that it took nothing to see.
    ///
    /// # Errors
    /// How long nothing more may be tried.
    pub(super) async fn failed(&self, network: Network) -> Result<(), Duration> {
        self.here.count(key(network, Counted::LogIns))?;
        #[cfg(feature = "redis")]
        if let Some(shared) = &self.shared {
            // It has failed, whatever the store says.
            return match shared.count(network).await {
                Err(NotMade::TooMany(wait)) => Err(wait),
                Ok(()) | Err(NotMade::Again | NotMade::Unavailable(_)) => Ok(()),
            };
        }
        Ok(())
    }

    /// True if one more request without credentials is worth a line in the log.
    pub(super) fn tells_of_stranger(&self, network: Network) -> bool {
        self.strangers.count(key(network, Counted::LogIns)).is_ok()
    }

    /// Counts a handshake that has failed, in this process. Those that are good change nothing.
    #[cfg(feature = "tls")]
    pub(super) fn failed_handshake(&self, network: Network) {
        // Where there is no room for another address, it may try again.
        let _ = self.here.count(key(network, Counted::Handshakes));
    }

    /// Whether a handshake may be tried.
    #[cfg(feature = "tls")]
    pub(super) fn may_shake_hands(&self, network: Network) -> bool {
        !self.here.are_too_many(key(network, Counted::Handshakes))
    }

    /// Counts an attempt that is about to be made. Waits for others from the same network, until
    /// `PATIENCE` after `since`, if only they are in the way.
    pub(super) async fn begin(
        &self,
        network: Network,
        since: Instant,
    ) -> Result<Attempt<'_>, NotMade> {
        // Before it is asked, so that no end is missed.
        let end = self.running.next_end(network);
        let wait = match self.count(network, end.is_some()).await {
            Ok(()) => {
                let place = self.running.enter(network);
                return Ok(Attempt { attempts: self, network, place });
            }
            Err(NotMade::TooMany(wait)) => wait,
            Err(other) => return Err(other),
        };
        let until = since + PATIENCE;
        match end.filter(|_| Instant::now() < until) {
            Some(end) => {
                let ended = tokio::time::timeout_at(until, end).await;
                Err(ended.map_or(NotMade::TooMany(wait), |()| NotMade::Again))
            }
            None => Err(NotMade::TooMany(wait)),
        }
    }

    /// Counts it here, then for all instances. One that will be made later, or of which nothing is
    /// known, has not failed here.
    async fn count(&self, network: Network, later: bool) -> Result<(), NotMade> {
        let key = key(network, Counted::LogIns);
        self.here.count(key).map_err(NotMade::TooMany)?;
        #[cfg(feature = "redis")]
        if let Some(shared) = &self.shared {
            let counted = shared.count(network).await;
            match counted {
                Err(NotMade::TooMany(_)) if !later => {}
                Err(_) => self.here.give_back(key),
                Ok(()) => {}
            }
            return counted;
        }
        let _ = later;
        Ok(())
    }
}

/// An attempt that is being made, and has failed until it is known better.
pub(super) struct Attempt<'a> {
    attempts: &'a Attempts,
    network: Network,
    /// Left when all is counted.
    place: Place<'a>,
}

impl Attempt<'_> {
    /// It is not known to have failed: what it counted is given back.
    pub(super) async fn give_back(self) {
        #[cfg(feature = "redis")]
        if let Some(shared) = &self.attempts.shared {
            shared.give_back(self.network).await;
        }
        self.attempts.here.give_back(key(self.network, Counted::LogIns));
        drop(self.place);
    }
}

fn key(network: Network, counted: Counted) -> (u32, Hashed) {
    (counted as u32, Hashed::new(network))
}
