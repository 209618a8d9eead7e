//! Who is let in over HTTP: the ways, asked in their order, the limit on failures, and what was
//! revoked.

#[cfg(feature = "tls")]
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::attempts::{Attempts, NotMade};
#[cfg(feature = "oauth")]
use super::oauth::{ProtectedResource, StepUp};
use super::{Authenticate, Callers, Judgement, Presented, Refused, Verdict};
use crate::caller::Caller;
use crate::guards::network;
use crate::rate_limit::Rate;
use crate::server::StartError;
#[cfg(feature = "redis")]
use crate::shared::{Revocations, SharedState};

/// Failures that are forgiven to one address, unless
/// [`Server::failed_logins`](crate::Server::failed_logins) says otherwise.
pub(crate) const FAILURES: Rate = Rate::new(30, 60, 30);

/// The ways of a server, opened.
#[derive(Debug)]
pub(crate) struct Door {
    ways: Vec<Arc<dyn Authenticate>>,
    attempts: Attempts,
    #[cfg(feature = "redis")]
    revocations: Option<Revocations>,
    #[cfg(feature = "oauth")]
    resource: Option<ProtectedResource>,
}

/// What becomes of a request.
#[derive(Debug)]
pub(crate) enum Admission {
    /// It is served, for this caller, known by the way of this number.
    Known(Caller, usize),
    /// It presents nothing; whether to log it.
    Stranger { log: bool },
    /// What it presents is not valid.
    Refused(Refused),
    /// Its address has failed too often, for so long.
    TooMany(Duration),
    /// It cannot be told at the moment.
    Unavailable(Duration),
}

impl Door {
    /// Opens the ways. `scopes` are those of the tools.
    pub(crate) fn open(
        callers: Callers,
        failures: Rate,
        scopes: &[&str],
        #[cfg(feature = "redis")] shared: Option<&SharedState>,
    ) -> Result<Self, StartError> {
        let ways = callers.open()?;
        #[cfg(not(feature = "oauth"))]
        let _ = scopes;
        Ok(Door {
            #[cfg(feature = "oauth")]
            resource: ProtectedResource::new(&ways, scopes)?,
            #[cfg(feature = "redis")]
            attempts: Attempts::new(failures, shared.cloned()),
            #[cfg(not(feature = "redis"))]
            attempts: Attempts::new(failures),
            #[cfg(feature = "redis")]
            revocations: shared.cloned().map(Revocations::new),
            ways,
        })
    }

    /// What clients are told who could get a token.
    #[cfg(feature = "oauth")]
    pub(crate) fn resource(&self) -> Option<&ProtectedResource> {
        self.resource.as_ref()
    }

    /// The same, if callers of the way of this number can get more scopes with another token; and
    /// what takes note of those that a call needs.
    #[cfg(feature = "oauth")]
    pub(crate) fn may_step_up(&self, way: usize) -> Option<(&ProtectedResource, StepUp)> {
        let lists_beyond_scopes = self.ways.get(way)?.resource()?.lists_beyond_scopes;
        Some((self.resource()?, StepUp::new(lists_beyond_scopes)))
    }

    /// True if a way must not be reached from other machines.
    pub(crate) fn is_for_loopback_only(&self) -> bool {
        self.ways.iter().any(|way| way.only_on_loopback())
    }

    /// True if a way knows nobody unless clients are asked for certificates.
    #[cfg(feature = "tls")]
    pub(crate) fn needs_client_certificates(&self) -> bool {
        self.ways.iter().any(|way| way.needs_client_certificates())
    }

    /// Whether an address may try a handshake in which it shows a certificate.
    #[cfg(feature = "tls")]
    pub(crate) fn may_shake_hands(&self, address: IpAddr) -> bool {
        self.attempts.may_shake_hands(network(Some(address)))
    }

    /// Counts a handshake whose certificate was not valid.
    #[cfg(feature = "tls")]
    pub(crate) fn failed_handshake(&self, address: IpAddr) {
        self.attempts.failed_handshake(network(Some(address)));
    }

    /// Decides about a request. What is known is let in whatever its address did before: others
    /// may share the address, and failing for them must not shut anybody out.
    pub(crate) async fn admit(&self, presented: &Presented<'_>) -> Admission {
        if presented.is_unusable() {
            return self.refuse(presented, Refused::UnknownToken).await;
        }
        for (number, way) in self.ways.iter().enumerate() {
            let (verdict, counted) = match self.verdict(&**way, presented).await {
                Ok(judged) => judged,
                Err(not_made) => return not_made,
            };
            match verdict {
                Verdict::NotMine => {}
                Verdict::Known(caller) => {
                    return match self.not_revoked(presented).await {
                        Ok(()) => Admission::Known(caller.at_address(presented.address()), number),
                        Err(refused) => refused,
                    };
                }
                Verdict::Refused(reason) if counted => return Admission::Refused(reason),
                Verdict::Refused(reason) => return self.refuse(presented, reason).await,
                Verdict::Unavailable(after) => return Admission::Unavailable(after),
            }
        }
        match presented.token() {
            Some(_) => self.refuse(presented, Refused::UnknownToken).await,
            None => {
                let network = network(Some(presented.address()));
                Admission::Stranger { log: self.attempts.tells_of_stranger(network) }
            }
        }
    }

    /// What a way says, and whether that was counted as a failure.
    async fn verdict(
        &self,
        way: &dyn Authenticate,
        presented: &Presented<'_>,
    ) -> Result<(Verdict, bool), Admission> {
        let mut since = None;
        loop {
            let verdict = match way.judge(presented) {
                Judgement::Now(verdict) => return Ok((verdict, false)),
                Judgement::Later(verdict) => verdict,
            };
            let network = network(Some(presented.address()));
            let since = *since.get_or_insert_with(Instant::now);
            let attempt = match self.attempts.begin(network, since).await {
                Ok(attempt) => attempt,
                Err(NotMade::Again) => continue,
                Err(NotMade::TooMany(wait)) => return Err(Admission::TooMany(wait)),
                Err(NotMade::Unavailable(wait)) => return Err(Admission::Unavailable(wait)),
            };
            let verdict = verdict.await;
            let failed = matches!(verdict, Verdict::Refused(_));
            if !failed {
                attempt.give_back().await;
            }
            return Ok((verdict, failed));
        }
    }

    async fn refuse(&self, presented: &Presented<'_>, reason: Refused) -> Admission {
        match self.attempts.failed(network(Some(presented.address()))).await {
            Ok(()) => Admission::Refused(reason),
            Err(wait) => Admission::TooMany(wait),
        }
    }

    /// Refuses a token that was revoked, although a way knows it.
    #[cfg(feature = "redis")]
    async fn not_revoked(&self, presented: &Presented<'_>) -> Result<(), Admission> {
        let (Some(revocations), Some(token)) = (&self.revocations, presented.token()) else {
            return Ok(());
        };
        match revocations.include(token).await {
            Ok(false) => Ok(()),
            Ok(true) => Err(self.refuse(presented, Refused::Because("revoked")).await),
            Err(wait) => Err(Admission::Unavailable(wait)),
        }
    }

    #[cfg(not(feature = "redis"))]
    async fn not_revoked(&self, _: &Presented<'_>) -> Result<(), Admission> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;
    use std::sync::atomic::{AtomicU32, Ordering};

    use http::{Extensions, HeaderMap, HeaderValue};

    use super::*;
    use crate::server::DevelopmentUsers;

    /// A way that counts how often it had to work, and knows nobody.
    #[derive(Debug, Default)]
    struct Works(AtomicU32);

    impl Authenticate for Works {
        fn judge<'a>(&'a self, _: &Presented<'a>) -> Judgement<'a> {
            Judgement::Later(Box::pin(async {
                self.0.fetch_add(1, Ordering::SeqCst);
                Verdict::Refused(Refused::UnknownToken)
            }))
        }
    }

    fn open(callers: Callers, rate: Rate) -> Door {
        #[cfg(feature = "redis")]
        return Door::open(callers, rate, &[], None).unwrap();
        #[cfg(not(feature = "redis"))]
        Door::open(callers, rate, &[]).unwrap()
    }

    #[tokio::test]
    async fn strangers_do_not_take_the_places_of_those_who_fail() {
        let door = open(DevelopmentUsers::new().user("ada", &[], &[]).into(), FAILURES);
        let (mut headers, extensions) = (HeaderMap::new(), Extensions::new());
        for number in 0..40_000_u32 {
            let address = Ipv4Addr::from_bits(0xc612_0000 + number).into();
            let admission = door.admit(&Presented::new(&headers, &extensions, address)).await;
            assert!(matches!(admission, Admission::Stranger { .. }));
        }
        headers.insert("authorization", HeaderValue::from_static("Bearer x"));
        for number in 0..100 {
            let address = Ipv4Addr::new(192, 0, 2, number).into();
            let admission = door.admit(&Presented::new(&headers, &extensions, address)).await;
            assert!(matches!(admission, Admission::Refused(_)), "{admission:?}");
        }
    }

    #[tokio::test]
    async fn an_address_is_a_network_that_one_client_has() {
        let works = Arc::new(Works::default());
        let way = Arc::clone(&works);
        let callers = Callers::over_http("a test", move || Ok(way));
        let door = open(callers, Rate::new(3, 3600, 3));
        let mut headers = HeaderMap::new();
        headers.insert("authorization", HeaderValue::from_static("Bearer x"));
        let extensions = Extensions::new();
        let admit = async |address: &str| {
            let presented = Presented::new(&headers, &extensions, address.parse().unwrap());
            matches!(door.admit(&presented).await, Admission::Refused(_))
        };
        for address in ["2001:db8::1", "2001:db8::2", "2001:db8::ffff:0:0:1"] {
            assert!(admit(address).await, "{address}");
        }
        // All of them in one /64: nothing is looked at any more.
        assert!(!admit("2001:db8::3").await);
        assert_eq!(works.0.load(Ordering::SeqCst), 3);
        assert!(admit("2001:db8:0:1::1").await, "the next /64");
        assert!(admit("192.0.2.1").await && admit("192.0.2.2").await);
        // One address, written in two ways.
        assert!(admit("192.0.2.1").await && admit("::ffff:192.0.2.1").await);
        assert!(!admit("192.0.2.1").await);
        assert_eq!(works.0.load(Ordering::SeqCst), 8);
    }
}
