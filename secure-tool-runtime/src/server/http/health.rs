//! Health, for whoever watches the server: `/healthz` says that it runs, `/readyz` that it takes
//! calls.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::extract::State;
use axum::http::StatusCode;

use crate::audit::Audit;

/// Whether calls are taken.
#[derive(Debug, Clone)]
pub(super) struct Health {
    audit: Audit,
    serving: Arc<AtomicBool>,
}

impl Health {
    pub(super) fn new(audit: Audit) -> Self {
        Health { audit, serving: Arc::default() }
    }

    pub(super) fn serving(&self, serving: bool) {
        self.serving.store(serving, Ordering::Relaxed);
    }
}

/// As long as anything answers.
pub(super) async fn healthz() -> &'static str {
    "ok"
}

/// 503 when the server is about to stop, and while records of calls cannot be written.
pub(super) async fn readyz(State(health): State<Health>) -> (StatusCode, &'static str) {
    if !health.serving.load(Ordering::Relaxed) {
        (StatusCode::SERVICE_UNAVAILABLE, "stopping\n")
    } else if !health.audit.is_healthy() {
        (StatusCode::SERVICE_UNAVAILABLE, "audit records cannot be written\n")
    } else {
        (StatusCode::OK, "ready\n")
    }
}
