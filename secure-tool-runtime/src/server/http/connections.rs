//! How many connections there are, and from where.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::limits::HttpLimits;
use crate::guards::{Network, network};

/// Counts the connections of a server. Cloning it is cheap; all clones count the same.
#[derive(Debug, Clone)]
pub struct Connections(Arc<Counts>);

#[derive(Debug)]
struct Counts {
    limit: usize,
    limit_per_address: usize,
    open: AtomicUsize,
    refused: AtomicU64,
    /// Only addresses that have a connection: no more of them than connections.
    by_address: Mutex<HashMap<Network, usize>>,
}

impl Connections {
    pub(super) fn new(limits: &HttpLimits) -> Self {
        Connections(Arc::new(Counts {
            limit: limits.connections,
            limit_per_address: limits.connections_per_address,
            open: AtomicUsize::new(0),
            refused: AtomicU64::new(0),
            by_address: Mutex::new(HashMap::new()),
        }))
    }

    /// How many are open now.
    #[must_use]
    pub fn open(&self) -> usize {
        self.0.open.load(Ordering::Relaxed)
    }

    /// How many there may be.
    #[cfg(feature = "metrics")]
    pub(crate) fn room(&self) -> usize {
        self.0.limit
    }

    /// How many were closed at once since the start: there were too many, they did not come from a proxy, or
    /// too many handshakes from their address had failed.
    #[must_use]
    pub fn refused(&self) -> u64 {
        self.0.refused.load(Ordering::Relaxed)
    }

    /// A place for a connection from an address, or none if there is no room. Without an address,
    /// only the total counts.
    pub(super) fn admit(&self, peer: Option<IpAddr>) -> Option<Place> {
        let place = self.take(peer.map(|peer| network(Some(peer))));
        if place.is_none() {
            self.count_refused();
        }
        place
    }

    pub(super) fn count_refused(&self) {
        self.0.refused.fetch_add(1, Ordering::Relaxed);
    }

    fn take(&self, network: Option<Network>) -> Option<Place> {
        // Connections are accepted by one task, so that nobody counts in between.
        if self.open() >= self.0.limit {
            return None;
        }
        if let Some(network) = network {
            let mut by_address = self.0.lock();
            let count = by_address.entry(network).or_default();
            if *count >= self.0.limit_per_address {
                if *count == 0 {
                    by_address.remove(&network);
                }
                return None;
            }
            *count += 1;
        }
        self.0.open.fetch_add(1, Ordering::Relaxed);
        Some(Place { counts: Arc::clone(&self.0), network })
    }
}

impl Counts {
    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<Network, usize>> {
        // A count is right after every step, so that a panic elsewhere leaves nothing half-done.
        self.by_address.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The place of an open connection. Dropping it gives it back.
#[derive(Debug)]
pub(super) struct Place {
    counts: Arc<Counts>,
    network: Option<Network>,
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(network) = self.network {
            let mut by_address = self.counts.lock();
            if let Some(count) = by_address.get_mut(&network) {
                *count -= 1;
                if *count == 0 {
                    by_address.remove(&network);
                }
            }
        }
        self.counts.open.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn connections(total: usize, per_address: usize) -> Connections {
        let limits = HttpLimits {
            connections: total,
            connections_per_address: per_address,
            ..HttpLimits::default()
        };
        Connections::new(&limits)
    }

    fn address(text: &str) -> Option<IpAddr> {
        Some(text.parse().unwrap())
    }

    #[test]
    fn an_address_has_so_many_places_and_gets_them_back() {
        let connections = connections(10, 2);
        let first = connections.admit(address("192.0.2.1")).unwrap();
        let _second = connections.admit(address("::ffff:192.0.2.1")).unwrap();
        assert!(connections.admit(address("192.0.2.1")).is_none());
        assert!(connections.admit(address("192.0.2.2")).is_some(), "another address");
        assert_eq!((connections.open(), connections.refused()), (2, 1));
        drop(first);
        assert!(connections.admit(address("192.0.2.1")).is_some());
    }

    #[test]
    fn a_line_with_many_addresses_counts_once() {
        let connections = connections(10, 1);
        let _place = connections.admit(address("2001:db8:1:2::1")).unwrap();
        assert!(connections.admit(address("2001:db8:1:2:ffff::2")).is_none());
        assert!(connections.admit(address("2001:db8:1:3::1")).is_some());
    }

    #[test]
    fn the_total_holds_for_everybody() {
        let connections = connections(2, 5);
        let places = [connections.admit(address("192.0.2.1")), connections.admit(None)];
        assert!(places.iter().all(Option::is_some));
        assert!(connections.admit(None).is_none());
        assert!(connections.admit(address("192.0.2.7")).is_none());
    }

    #[test]
    fn addresses_without_connections_are_forgotten() {
        for per_address in [0, 3] {
            let connections = connections(1000, per_address);
            for number in 0..500_u32 {
                drop(connections.admit(Some(IpAddr::from(number.to_be_bytes()))));
            }
            assert!(connections.0.lock().is_empty());
            assert_eq!(connections.open(), 0);
        }
    }
}
