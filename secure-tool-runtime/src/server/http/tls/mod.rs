//! TLS: versions 1.2 and later, HTTP/2 and HTTP/1.1, certificates that are renewed while serving.

mod acceptor;
mod load;
mod peer;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

pub(super) use self::acceptor::TlsAcceptor;
pub use self::peer::PeerCertificate;
pub(in crate::server) use self::peer::SubjectName;

/// Certificates of a server, and perhaps of its clients.
///
/// ```no_run
/// # use secure_tool_runtime::server::Tls;
/// let tls = Tls::files("/etc/ssl/mcp.pem", "/etc/ssl/private/mcp.key");
/// ```
///
/// The files are looked at every few seconds. When they change, connections from then on get the new
/// certificate; those that are open stay. New files that do not fit together, cannot be read, or may be
/// written to by others than their owner, are told in the log, and the old ones stay in use.
#[derive(Debug, Clone)]
pub struct Tls {
    certificate: PathBuf,
    key: PathBuf,
    clients: Option<Clients>,
    revocations: Option<PathBuf>,
    look_every: Duration,
}

/// What is asked of clients.
#[derive(Debug, Clone)]
struct Clients {
    authorities: PathBuf,
    required: bool,
}

impl Tls {
    /// A chain of certificates, the server's own first, and its private key, both as PEM. The key
    /// file must not be readable by others than its owner and group.
    #[must_use]
    pub fn files(certificate: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Self {
        Tls {
            certificate: certificate.into(),
            key: key.into(),
            clients: None,
            revocations: None,
            look_every: Duration::from_secs(5),
        }
    }

    /// Clients have to show a certificate that one of these authorities (PEM) has issued, or get no
    /// connection. Who they are is told by
    /// [`ClientCertificates`](crate::server::ClientCertificates). They show it anew on each connection:
    /// sessions are not resumed.
    #[must_use]
    pub fn client_certificates(mut self, authorities: impl Into<PathBuf>) -> Self {
        self.clients = Some(Clients { authorities: authorities.into(), required: true });
        self
    }

    /// As [`Tls::client_certificates`], but clients without a certificate are let in as well: for
    /// servers that also know callers in another way.
    #[must_use]
    pub fn optional_client_certificates(mut self, authorities: impl Into<PathBuf>) -> Self {
        self.clients = Some(Clients { authorities: authorities.into(), required: false });
        self
    }

    /// Revocation lists (CRLs, PEM) of the authorities of client certificates: what is on them gets no
    /// connection. The file is read again as the others are.
    ///
    /// Each authority in the chain of a client needs a list, and one that is not overdue (RFC 5280 §5.1.2.5):
    /// where nobody can tell whether a certificate was revoked, it counts as revoked. Connections that are
    /// open stay.
    #[must_use]
    pub fn client_revocations(mut self, lists: impl Into<PathBuf>) -> Self {
        self.revocations = Some(lists.into());
        self
    }

    /// How often the files are looked at; every 5 seconds by default.
    #[must_use]
    pub fn look_every(mut self, interval: Duration) -> Self {
        self.look_every = interval;
        self
    }

    /// With what another one asks of clients, where this one says nothing.
    #[cfg(any(feature = "cli", feature = "config"))]
    pub(super) fn or_clients_of(self, other: Tls) -> Self {
        let clients = self.clients.or(other.clients);
        let revocations = self.revocations.or(other.revocations);
        Tls { clients, revocations, look_every: other.look_every, ..self }
    }

    pub(in crate::server) fn asks_for_certificates(&self) -> bool {
        self.clients.is_some()
    }
}

/// Serves, and renews certificates meanwhile.
pub(super) async fn renewing(tls: Option<Arc<TlsAcceptor>>, serving: impl Future<Output = ()>) {
    let Some(tls) = tls else { return serving.await };
    tokio::select! {
        () = serving => {}
        () = tls.renew() => {}
    }
}
