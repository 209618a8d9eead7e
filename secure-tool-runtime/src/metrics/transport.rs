//! What is counted of HTTP, before a request is a call.

use std::sync::OnceLock;
use std::sync::atomic::Ordering;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use crate::server::{Connections, Reason};

/// The reason of connections that are closed at once, which are counted where they are accepted.
const CONNECTION: &str = "connection";

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ReasonLabels {
    reason: &'static str,
}

/// Refusals by reason. Cloning gives another handle to the same numbers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Refusals(Family<ReasonLabels, Counter>);

impl Refusals {
    /// Counts one. The reason is one of ours.
    pub(crate) fn count(&self, reason: &'static str) {
        self.0.get_or_create(&ReasonLabels { reason }).inc();
    }
}

/// Of a server that listens on HTTP.
#[derive(Default)]
pub(super) struct Transport {
    refusals: Refusals,
    connections: Gauge,
    connections_room: Gauge,
    watched: OnceLock<Connections>,
}

impl Transport {
    pub(super) fn register(&self, registry: &mut Registry) {
        // All of them from the start: what appears with its first refusal has no rate.
        for reason in Reason::codes().chain([CONNECTION]) {
            drop(self.refusals.0.get_or_create(&ReasonLabels { reason }));
        }
        let help = "Requests and connections that are refused before there is a call";
        registry.register("http_refusals", help, self.refusals.0.clone());
        let (open, room) = (self.connections.clone(), self.connections_room.clone());
        registry.register("http_connections", "Open connections", open);
        registry.register("http_connections_capacity", "Room for connections", room);
    }

    /// Shows the connections of a server from now on. The first server with these tools is shown.
    pub(super) fn watch(&self, connections: Connections) -> Refusals {
        let _ = self.watched.set(connections);
        self.refusals.clone()
    }

    /// Takes the numbers that are counted elsewhere.
    pub(super) fn refresh(&self) {
        let Some(connections) = self.watched.get() else { return };
        super::set(&self.connections, connections.open());
        super::set(&self.connections_room, connections.room());
        let refused = self.refusals.0.get_or_create(&ReasonLabels { reason: CONNECTION });
        refused.inner().store(connections.refused(), Ordering::Relaxed);
    }
}
