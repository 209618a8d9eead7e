//! Numbers for operators, in the text format of OpenMetrics, which Prometheus reads.
//!
//! | metric | labels | is |
//! | --- | --- | --- |
//! | `secure_tool_calls_total` | `tool`, `reason` | calls that are over; `reason` is `ok` or the code of the refusal |
//! | `secure_tool_call_duration_seconds` | `tool` | how long they took, as a histogram |
//! | `secure_tool_running_calls` | `tool` | handlers that run at the moment |
//! | `secure_tool_limiter_callers`, `…_capacity` | | pairs of tool and caller whose rate is remembered, and room for them |
//! | `secure_tool_audit_records`, `…_capacity` | | audit records that wait or are still to come, and room for them |
//! | `secure_tool_audit_healthy` | | 1 if records can be written |
//! | `secure_tool_http_refusals_total` | `reason` | requests and connections that were refused before there was a call |
//! | `secure_tool_http_connections`, `…_capacity` | | open connections, and room for them |
//!
//! Refusals over HTTP have these reasons: `host` and `origin` (a name or a page that is not listed), `forwarded`
//! (headers of proxies that contradict each other), `no_token`, `invalid_token`, `failures` (too many from an
//! address), `unchecked` (tokens cannot be checked at the moment), `content_type`, `accept`, `too_large`,
//! `too_slow`, `sessions` (too many of them), `message` (no message, or not one for this server) and
//! `connection` (closed at once).
//!
//! Labels are the names of tools and the codes of refusals, and there are no others: nobody who calls
//! can add to them. Calls of tools that there are not have the reason `unknown_tool` and no name.

mod listener;
#[cfg(feature = "http")]
mod transport;

use std::fmt::Write;
use std::time::Duration;

use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

pub(crate) use self::listener::Listener;
#[cfg(feature = "http")]
pub(crate) use self::transport::Refusals;
#[cfg(feature = "http")]
use self::transport::Transport;
use crate::guards::Guards;
#[cfg(feature = "http")]
use crate::server::Connections;

/// Bounds of durations, in seconds: from a call that computes to one that takes its whole time.
const BUCKETS: [f64; 12] =
    [0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0, 30.0];

/// The reason of a call that was served.
const OK: &str = "ok";

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CallLabels {
    tool: &'static str,
    reason: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ToolLabels {
    tool: &'static str,
}

/// All metrics of a server.
pub(crate) struct Metrics {
    registry: Registry,
    calls: Family<CallLabels, Counter>,
    durations: Family<ToolLabels, Histogram, fn() -> Histogram>,
    running: Family<ToolLabels, Gauge>,
    limiter: Gauge,
    limiter_room: Gauge,
    audit: Gauge,
    audit_room: Gauge,
    audit_healthy: Gauge,
    #[cfg(feature = "http")]
    transport: Transport,
}

/// The metrics of a tool that every call changes, found once.
pub(crate) struct ToolMetrics {
    served: Counter,
    duration: Histogram,
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let mut metrics = Metrics {
            registry: Registry::with_prefix("secure_tool"),
            calls: Family::default(),
            durations: Family::new_with_constructor(|| Histogram::new(BUCKETS)),
            running: Family::default(),
            limiter: Gauge::default(),
            limiter_room: Gauge::default(),
            audit: Gauge::default(),
            audit_room: Gauge::default(),
            audit_healthy: Gauge::default(),
            #[cfg(feature = "http")]
            transport: Transport::default(),
        };
        metrics.register();
        metrics
    }

    fn register(&mut self) {
        let registry = &mut self.registry;
        registry.register("calls", "Calls that are over", self.calls.clone());
        let durations = self.durations.clone();
        registry.register("call_duration_seconds", "How long calls took", durations);
        registry.register("running_calls", "Handlers that run", self.running.clone());
        for (name, help, gauge) in [
            ("limiter_callers", "Pairs of tool and caller whose rate is remembered", &self.limiter),
            ("limiter_capacity", "Room for such pairs", &self.limiter_room),
            ("audit_records", "Audit records that wait or are to come", &self.audit),
            ("audit_capacity", "Room for such records", &self.audit_room),
            ("audit_healthy", "1 if audit records can be written", &self.audit_healthy),
        ] {
            registry.register(name, help, gauge.clone());
        }
        #[cfg(feature = "http")]
        self.transport.register(registry);
    }

    /// Shows the connections of a server, and counts its refusals.
    #[cfg(feature = "http")]
    pub(crate) fn watch(&self, connections: Connections) -> Refusals {
        self.transport.watch(connections)
    }

    pub(crate) fn tool(&self, tool: &'static str) -> ToolMetrics {
        ToolMetrics {
            served: self.calls.get_or_create_owned(&CallLabels { tool, reason: OK }),
            duration: self.durations.get_or_create_owned(&ToolLabels { tool }),
        }
    }

    /// Counts a call that is over.
    pub(crate) fn count(
        &self,
        tool: Option<(&'static str, &ToolMetrics)>,
        reason: &'static str,
        duration: Duration,
    ) {
        match tool {
            Some((_, metrics)) if reason == OK => {
                metrics.served.inc();
            }
            _ => {
                let tool = tool.map_or("", |(name, _)| name);
                self.calls.get_or_create(&CallLabels { tool, reason }).inc();
            }
        }
        if let Some((_, metrics)) = tool {
            metrics.duration.observe(duration.as_secs_f64());
        }
    }

    /// The metrics as they are now.
    fn text(&self, guards: &Guards) -> String {
        for guarded in guards.iter() {
            let tool = guarded.tool.name;
            let free = guarded.running.available_permits();
            let running = (guarded.tool.policy.limits.concurrency as usize).saturating_sub(free);
            set(&self.running.get_or_create(&ToolLabels { tool }), running);
        }
        let occupancy = guards.occupancy();
        set(&self.limiter, occupancy.used);
        set(&self.limiter_room, occupancy.capacity);
        let (records, room) = guards.audit.occupancy();
        set(&self.audit, records);
        set(&self.audit_room, room);
        set(&self.audit_healthy, guards.audit.is_healthy().into());
        #[cfg(feature = "http")]
        self.transport.refresh();
        let mut out = String::new();
        if text::encode(&mut out, &self.registry).is_err() {
            // Writing to a `String` does not fail; an unfinished text has no end, and is not taken.
            let _ = out.write_str("\n");
        }
        out
    }
}

fn set(gauge: &Gauge, number: usize) {
    gauge.set(i64::try_from(number).unwrap_or(i64::MAX));
}
