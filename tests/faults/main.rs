//! Clients that take what they can: connections, time, memory. Whatever they do, the server lets go
//! of it within its limits, and serves on.

#![allow(missing_docs, unreachable_pub, clippy::unwrap_used)]

mod agents;
mod browsers;
mod certificates;
#[cfg(unix)]
mod child;
mod clients;
mod drain;
mod exposed;
mod floods;
mod garbage;
mod handshakes;
mod http2;
#[cfg(target_os = "linux")]
mod many;
mod ready;
mod slow;
#[path = "../support/mod.rs"]
mod support;
mod tls;
mod world;
