//! Where metrics are read: a listener on loopback, apart from the one for calls.

use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Weak};

use axum::Router;
use axum::extract::State;
use axum::http::header::{CONTENT_TYPE, HOST};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tokio::runtime::Handle;
use tokio::task::AbortHandle;

use crate::guards::Guards;
use crate::server::StartError;

/// What the specification of OpenMetrics 1.0 calls its text format.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Listens until it is dropped.
#[derive(Debug)]
pub(crate) struct Listener {
    address: SocketAddr,
    task: AbortHandle,
}

impl Listener {
    /// Listens on a loopback address, at once.
    pub(crate) fn open(address: SocketAddr, guards: &Arc<Guards>) -> Result<Self, StartError> {
        if !address.ip().is_loopback() {
            return Err(StartError::new(
                format!("{address} is not a loopback address, and metrics are for this machine"),
                "listen on 127.0.0.1, and let a collector on this machine pass them on",
            ));
        }
        let runtime = Handle::try_current().map_err(|_| {
            StartError::new(
                "metrics need a Tokio runtime to be served on",
                "call `embed` within one",
            )
        })?;
        let failed = |error| {
            StartError::new(
                format!("cannot listen on {address} for metrics"),
                "stop what listens there, or choose another port; port 0 takes any that is free",
            )
            .because(error)
        };
        let listener = TcpListener::bind(address).map_err(failed)?;
        listener.set_nonblocking(true).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let entered = runtime.enter();
        let listener = tokio::net::TcpListener::from_std(listener).map_err(failed)?;
        drop(entered);
        let router =
            Router::new().route("/metrics", get(metrics)).with_state(Arc::downgrade(guards));
        let task = runtime.spawn(async move { axum::serve(listener, router).await });
        tracing::info!(target: "secure_tool", %address, "metrics are at /metrics");
        Ok(Listener { address, task: task.abort_handle() })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn metrics(State(guards): State<Weak<Guards>>, headers: HeaderMap) -> Response {
    // A page that has its name resolve to loopback sends that name (DNS rebinding).
    if !headers.get(HOST).is_some_and(|host| names_loopback(host.as_bytes())) {
        return (StatusCode::FORBIDDEN, "the `Host` header does not name this server\n")
            .into_response();
    }
    match guards.upgrade().and_then(|guards| Some(guards.metrics.as_ref()?.text(&guards))) {
        Some(text) => ([(CONTENT_TYPE, OPEN_METRICS)], text).into_response(),
        None => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

/// A loopback address, or `localhost`, with or without a port.
fn names_loopback(host: &[u8]) -> bool {
    let Ok(host) = std::str::from_utf8(host) else { return false };
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    ["localhost", "127.0.0.1", "[::1]"].iter().any(|known| name.eq_ignore_ascii_case(known))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_is_named() {
        for host in ["localhost:9", "LOCALHOST", "127.0.0.1:9090", "127.0.0.1", "[::1]:1", "[::1]"]
        {
            assert!(names_loopback(host.as_bytes()), "{host}");
        }
        for host in
            ["", "evil.example", "evil.example:9", "localhost.evil", "127.0.0.1.evil:1", "::1"]
        {
            assert!(!names_loopback(host.as_bytes()), "{host}");
        }
    }
}
