//! Callers known by the certificates with which they connect (mutual TLS).

use std::collections::HashMap;
use std::fmt;

use super::{Authenticate, Callers, Judgement, Presented, Verdict};
use crate::caller::Caller;
use crate::server::StartError;
use crate::server::http::{PeerCertificate, SubjectName};

/// What the subjects of their callers begin with.
const SUBJECT: &str = "cert:";

/// Clients by the names in their certificates: by `URI`, `DNS` or `email` among the subject
/// alternative names (RFC 5280 §4.2.1.6). The caller's subject is `cert:` and that name: no issuer of
/// access tokens can make such a subject.
///
/// ```
/// # use secure_tool_runtime::Callers;
/// # use secure_tool_runtime::server::ClientCertificates;
/// let agents = ClientCertificates::new()
///     .uri("spiffe://example.org/indexer", &["notes:read"], &[])
///     .email("ada@example.org", &["notes:read", "notes:write"], &["editor"]);
/// let callers = Callers::from(agents);
/// ```
///
/// It goes with [`Tls::client_certificates`](crate::server::Tls::client_certificates), which says
/// whose certificates count. A certificate that nobody of this list has is as good as none. If it
/// has names of several, the first of the list is who calls.
pub struct ClientCertificates {
    clients: Vec<Caller>,
    by_name: HashMap<SubjectName, usize>,
}

impl ClientCertificates {
    /// Nobody yet.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "nobody wants a default list of clients")]
    pub fn new() -> Self {
        ClientCertificates { clients: Vec::new(), by_name: HashMap::new() }
    }

    /// Adds the client whose certificate has this URI, such as a SPIFFE identity; compared exactly.
    ///
    /// # Panics
    /// If a name is not valid (see [`Caller::new`]), or the client is there already.
    #[must_use]
    pub fn uri(self, uri: &str, scopes: &[&str], roles: &[&str]) -> Self {
        self.client(SubjectName::Uri(uri.into()), uri, scopes, roles)
    }

    /// Adds the client whose certificate has this domain name; upper and lower case are the same,
    /// and an asterisk is no wildcard.
    ///
    /// # Panics
    /// As [`ClientCertificates::uri`].
    #[must_use]
    pub fn dns(self, name: &str, scopes: &[&str], roles: &[&str]) -> Self {
        let name = name.to_ascii_lowercase();
        self.client(SubjectName::Dns(name.as_str().into()), &name, scopes, roles)
    }

    /// Adds the client whose certificate has this address; compared exactly.
    ///
    /// # Panics
    /// As [`ClientCertificates::uri`].
    #[must_use]
    pub fn email(self, address: &str, scopes: &[&str], roles: &[&str]) -> Self {
        self.client(SubjectName::Email(address.into()), address, scopes, roles)
    }

    fn client(mut self, name: SubjectName, subject: &str, scopes: &[&str], roles: &[&str]) -> Self {
        let caller = Caller::new(&format!("{SUBJECT}{subject}"))
            .and_then(|caller| caller.with_scopes(scopes.iter().copied()))
            .and_then(|caller| caller.with_roles(roles.iter().copied()))
            .unwrap_or_else(|error| panic!("the client `{subject}`: {error}"));
        let before = self.by_name.insert(name, self.clients.len());
        let twice =
            before.is_some() || self.clients.iter().any(|c| c.subject() == caller.subject());
        assert!(!twice, "the client `{subject}` is there twice");
        self.clients.push(caller);
        self
    }

    fn known(&self, certificate: &PeerCertificate) -> Option<&Caller> {
        let listed = certificate.names().iter().filter_map(|name| self.by_name.get(name));
        listed.min().and_then(|first| self.clients.get(*first))
    }
}

impl From<ClientCertificates> for Callers {
    fn from(clients: ClientCertificates) -> Self {
        Callers::over_http("client certificates", move || {
            if clients.clients.is_empty() {
                return Err(StartError::new(
                    "no client certificate is listed",
                    "add clients: `ClientCertificates::new().uri(\"spiffe://…\", &[\"scope\"], &[])`",
                ));
            }
            Ok(std::sync::Arc::new(clients))
        })
    }
}

impl Authenticate for ClientCertificates {
    fn judge<'a>(&'a self, presented: &Presented<'a>) -> Judgement<'a> {
        let certificate = presented.extensions().get::<PeerCertificate>();
        match certificate.and_then(|certificate| self.known(certificate)) {
            Some(caller) => Verdict::Known(caller.clone()).into(),
            None => Verdict::NotMine.into(),
        }
    }

    fn needs_client_certificates(&self) -> bool {
        true
    }
}

/// How many: who they are is configuration, and stays there.
impl fmt::Debug for ClientCertificates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientCertificates").field("clients", &self.clients.len()).finish()
    }
}
