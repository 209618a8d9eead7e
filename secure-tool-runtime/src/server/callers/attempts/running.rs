//! Attempts that are being made, by network: no more of them than there are requests.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;
use tokio::sync::futures::OwnedNotified;

use crate::guards::Network;

#[derive(Debug, Default)]
pub(super) struct Running(Mutex<HashMap<Network, Several>>);

/// Attempts from one network; at least one.
#[derive(Debug)]
struct Several {
    number: usize,
    ended: Arc<Notify>,
}

impl Running {
    /// The end of one of the attempts that are being made from there, if there is any.
    pub(super) fn next_end(&self, network: Network) -> Option<OwnedNotified> {
        self.lock().get(&network).map(|several| Arc::clone(&several.ended).notified_owned())
    }

    pub(super) fn enter(&self, network: Network) -> Place<'_> {
        let mut running = self.lock();
        let new = || Several { number: 0, ended: Arc::default() };
        running.entry(network).or_insert_with(new).number += 1;
        Place { running: self, network }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Network, Several>> {
        // Numbers are changed in one step.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// That of one attempt, until it ends.
#[derive(Debug)]
pub(super) struct Place<'a> {
    running: &'a Running,
    network: Network,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        if let Entry::Occupied(mut several) = self.running.lock().entry(self.network) {
            several.get().ended.notify_waiters();
            several.get_mut().number -= 1;
            if several.get().number == 0 {
                several.remove();
            }
        }
    }
}
