//! What can be chosen about serving over HTTP.

#[cfg(all(feature = "cli", feature = "tls"))]
use std::path::Path;

use super::limits::HttpLimits;
use super::sessions::Sessions;
#[cfg(feature = "tls")]
use super::tls::Tls;
use crate::server::Server;

/// What was chosen. It is judged when the server starts, so that all of it is known.
#[derive(Debug, Default)]
pub(in crate::server) struct Options {
    pub(in crate::server) limits: HttpLimits,
    pub(in crate::server) allowed_hosts: Vec<String>,
    pub(in crate::server) allowed_origins: Vec<String>,
    pub(in crate::server) proxies: Option<(String, Vec<String>)>,
    pub(in crate::server) sessions: Option<Sessions>,
    #[cfg(feature = "tls")]
    pub(super) tls: Option<Tls>,
}

impl Options {
    /// TLS with these files, and what was said of clients.
    #[cfg(all(feature = "cli", feature = "tls"))]
    pub(in crate::server) fn use_files(&mut self, certificate: &Path, key: &Path) {
        self.set_tls(Tls::files(certificate, key));
    }

    /// TLS with these files. What it leaves open about clients stays as it was: whoever renews a certificate
    /// does not mean to let in strangers.
    #[cfg(all(any(feature = "cli", feature = "config"), feature = "tls"))]
    pub(in crate::server) fn set_tls(&mut self, tls: Tls) {
        self.tls = Some(match self.tls.take() {
            Some(before) => tls.or_clients_of(before),
            None => tls,
        });
    }

    pub(super) fn has_tls(&self) -> bool {
        #[cfg(feature = "tls")]
        return self.tls.is_some();
        #[cfg(not(feature = "tls"))]
        return false;
    }
}

impl<C, H> Server<C, H> {
    /// Origins from which browsers may call over HTTP, such as `http://localhost:6274`. By default
    /// none may but pages of the server itself: a request with another `Origin` is refused with 403 (MCP, Transports).
    ///
    /// Pages of these origins are let in by CORS, without cookies.
    #[must_use]
    pub fn allowed_origins<T: Into<String>>(
        mut self,
        origins: impl IntoIterator<Item = T>,
    ) -> Self {
        self.options.http.allowed_origins = origins.into_iter().map(Into::into).collect();
        self
    }

    /// The names by which clients know this server, as `Host` has them: `mcp.example.com`, or
    /// `mcp.example.com:8443` for that port only. Requests for other names are refused with 403, so
    /// that no web page reaches the server by a name of its own (DNS rebinding).
    ///
    /// On loopback, its names are always among them; elsewhere, nothing is served without this.
    #[must_use]
    pub fn allowed_hosts<T: Into<String>>(mut self, hosts: impl IntoIterator<Item = T>) -> Self {
        self.options.http.allowed_hosts = hosts.into_iter().map(Into::into).collect();
        self
    }

    /// What strangers may take of the transport: connections, time, sizes.
    #[must_use]
    pub fn http_limits(mut self, limits: HttpLimits) -> Self {
        self.options.http.limits = limits;
        self
    }

    /// Keeps sessions for clients of the revision 2025-11-25, so that tools can ask them back.
    #[must_use]
    pub fn sessions(mut self, sessions: Sessions) -> Self {
        self.options.http.sessions = Some(sessions);
        self
    }

    /// Serves over TLS, with these certificates.
    #[cfg(feature = "tls")]
    #[must_use]
    pub fn tls(mut self, tls: Tls) -> Self {
        self.options.http.tls = Some(tls);
        self
    }

    /// Says that clients connect to a proxy, which ends TLS and connects to this server, and from
    /// which addresses or networks it does: `.behind_proxy("nginx on the same host ends TLS",
    /// ["127.0.0.1"])`. The reason is logged at the start.
    ///
    /// With it, the server may listen off loopback without TLS, and takes connections without TLS
    /// from these networks and loopback only. What these peers say in `X-Forwarded-For` or
    /// `Forwarded` is believed: the proxy has to set one of them, and not pass a client's on alone.
    /// Where a request comes from is in its extensions, as a
    /// [`ClientAddress`](crate::server::ClientAddress).
    #[must_use]
    pub fn behind_proxy<T: Into<String>>(
        mut self,
        reason: impl Into<String>,
        networks: impl IntoIterator<Item = T>,
    ) -> Self {
        let networks = networks.into_iter().map(Into::into).collect();
        self.options.http.proxies = Some((reason.into(), networks));
        self
    }
}
