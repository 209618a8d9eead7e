//! Who is let in over HTTP: access tokens, API keys, and what happens to those who have neither.
//!
//! A real server on loopback, and an issuer under the test's control.

#![allow(unreachable_pub, missing_docs, clippy::unwrap_used, reason = "a test is not a library")]

mod bad;
mod challenges;
mod clock;
mod failures;
mod good;
mod instances;
mod introspection;
mod issuer;
mod keys;
mod mint;
mod outages;
mod proxies;
mod server;
#[path = "../support/mod.rs"]
mod support;

use std::time::Duration;

use secure_tool_runtime::OAuth;

/// What most tests say about the issuer.
fn oauth(issuer: &issuer::Issuer) -> OAuth {
    OAuth::issuer(issuer.url.clone()).audience(mint::AUDIENCE)
}

/// The same, with so little patience that a test can wait.
fn hasty(issuer: &issuer::Issuer) -> OAuth {
    oauth(issuer).min_refetch_interval(Duration::from_millis(100))
}
