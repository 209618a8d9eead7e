//! From names to addresses: what is judged here is what is connected to.

use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::{fmt, io};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::address::special;

type Found = Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send>>;

/// Resolves names, and lets nothing through that is not public. The connection is made to what it
/// returns, without another look at the name.
#[derive(Clone)]
pub(super) struct Resolver {
    lookup: Arc<dyn Fn(String) -> Found + Send + Sync>,
    special: fn(IpAddr) -> Option<&'static str>,
}

/// A name leads to an address of this kind.
#[derive(Debug)]
pub(super) struct NotPublic(pub(super) &'static str);

impl fmt::Display for NotPublic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the name leads to an address that is not public: {}", self.0)
    }
}

impl std::error::Error for NotPublic {}

impl Resolver {
    /// The system's.
    pub(super) fn system() -> Self {
        let lookup = |name: String| -> Found {
            Box::pin(async move {
                let found = tokio::net::lookup_host((name, 0)).await?;
                Ok(found.map(|address| address.ip()).collect())
            })
        };
        Resolver { lookup: Arc::new(lookup), special }
    }

    /// Names and addresses that a test makes up.
    #[cfg(test)]
    pub(super) fn of(
        lookup: impl Fn(String) -> Vec<IpAddr> + Send + Sync + 'static,
        special: fn(IpAddr) -> Option<&'static str>,
    ) -> Self {
        let lookup = move |name| -> Found { Box::pin(std::future::ready(Ok(lookup(name)))) };
        Resolver { lookup: Arc::new(lookup), special }
    }
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let (found, special) = ((self.lookup)(name.as_str().to_owned()), self.special);
        Box::pin(async move {
            let found = found.await?;
            // One that is not public says enough about the name: the others are bait.
            if let Some(what) = found.iter().find_map(|address| special(*address)) {
                return Err(NotPublic(what).into());
            }
            let addresses = found.into_iter().map(|address| SocketAddr::new(address, 0));
            Ok(Box::new(addresses) as Addrs)
        })
    }
}
