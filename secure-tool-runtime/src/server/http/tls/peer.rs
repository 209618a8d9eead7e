//! Certificates of clients.

use std::fmt;
use std::sync::Arc;

use tokio_rustls::rustls::pki_types::CertificateDer;
use x509_parser::extensions::{GeneralName, ParsedExtension};
use x509_parser::parse_x509_certificate;

/// The certificate of a client, in the extensions of its requests. An authority that the server
/// trusts has issued it, and the client has proved that it has the key.
#[derive(Clone)]
pub struct PeerCertificate(Arc<Inner>);

struct Inner {
    der: Box<[u8]>,
    names: Vec<SubjectName>,
}

/// A name that a certificate is issued to (RFC 5280 §4.2.1.6). Its common name is not one: nobody
/// says what it means.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(in crate::server) enum SubjectName {
    Uri(Box<str>),
    /// In lower case.
    Dns(Box<str>),
    Email(Box<str>),
}

impl PeerCertificate {
    pub(super) fn new(certificate: &CertificateDer<'_>) -> Self {
        let der: Box<[u8]> = certificate.as_ref().into();
        let names = names(&der).unwrap_or_default();
        PeerCertificate(Arc::new(Inner { der, names }))
    }

    /// The certificate in DER, for rules of your own.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.0.der
    }

    pub(in crate::server) fn names(&self) -> &[SubjectName] {
        &self.0.names
    }
}

/// Who somebody is stays out of logs that nobody meant it for.
impl fmt::Debug for PeerCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PeerCertificate").finish_non_exhaustive()
    }
}

fn names(der: &[u8]) -> Option<Vec<SubjectName>> {
    let (_, certificate) = parse_x509_certificate(der).ok()?;
    let mut extensions = certificate.extensions().iter();
    let names = extensions.find_map(|extension| match extension.parsed_extension() {
        ParsedExtension::SubjectAlternativeName(names) => Some(&names.general_names),
        _ => None,
    })?;
    let name = |name: &GeneralName<'_>| match *name {
        GeneralName::URI(uri) => Some(SubjectName::Uri(uri.into())),
        GeneralName::DNSName(dns) => Some(SubjectName::Dns(dns.to_ascii_lowercase().into())),
        GeneralName::RFC822Name(email) => Some(SubjectName::Email(email.into())),
        _ => None,
    };
    Some(names.iter().filter_map(name).collect())
}
