//! From files to a configuration of TLS.

use std::io;
use std::path::Path;
use std::sync::Arc;

use secrecy::zeroize::Zeroizing;
use sha2::{Digest, Sha256};
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{
    CertificateDer, CertificateRevocationListDer, PrivateKeyDer,
};
use tokio_rustls::rustls::server::{NoServerSessionStorage, WebPkiClientVerifier};
use tokio_rustls::rustls::version::{TLS12, TLS13};
use tokio_rustls::rustls::{RootCertStore, ServerConfig};

use super::Tls;
use crate::private_file::{PrivateFile, Readers};
use crate::server::StartError;

/// The largest file that is read, in bytes. A bundle of all public authorities has a quarter of it.
const CEILING: u64 = 1 << 20;

/// What the files held.
pub(super) struct Material {
    certificate: Vec<u8>,
    /// Wiped when it is dropped.
    key: Zeroizing<Vec<u8>>,
    authorities: Option<Vec<u8>>,
    revocations: Option<Vec<u8>>,
}

impl Material {
    pub(super) fn read(tls: &Tls) -> Result<Self, StartError> {
        let clients = tls.clients.as_ref();
        Ok(Material {
            certificate: read(&tls.certificate, "file of the certificate")?,
            key: PrivateFile::open(&tls.key, "file of the private key", Readers::Group)?
                .read(CEILING)?,
            authorities: match clients {
                Some(clients) => Some(read(
                    &clients.authorities,
                    "file of the authorities of client certificates",
                )?),
                None => None,
            },
            revocations: match &tls.revocations {
                Some(lists) => {
                    Some(read(lists, "file of the revocation lists of client certificates")?)
                }
                None => None,
            },
        })
    }

    /// Tells whether anything has changed, without keeping the key.
    pub(super) fn digest(&self) -> [u8; 32] {
        let optional = |part: &'_ Option<Vec<u8>>| part.clone().unwrap_or_default();
        let (authorities, revocations) = (optional(&self.authorities), optional(&self.revocations));
        let parts = [&*self.certificate, &**self.key, &authorities, &revocations];
        let digests = parts.map(Sha256::digest);
        Sha256::digest(digests.concat()).into()
    }

    /// A configuration for new connections. Sessions of an earlier one are not resumed in it, so
    /// that clients whose authority is gone do not stay.
    pub(super) fn configuration(&self, tls: &Tls) -> Result<Arc<ServerConfig>, StartError> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_protocol_versions(&[&TLS13, &TLS12])
            .map_err(|error| unusable("TLS cannot be set up", "look at the cause", error))?;
        let builder = match (&tls.clients, &self.authorities) {
            (Some(clients), Some(authorities)) => {
                let roots = Arc::new(roots(authorities)?);
                let verifier = WebPkiClientVerifier::builder_with_provider(roots, provider);
                let verifier = match &self.revocations {
                    // What is not told by a list, or only by one that is overdue, is refused.
                    Some(lists) => verifier.with_crls(crls(lists)?).enforce_revocation_expiration(),
                    None => verifier,
                };
                let verifier =
                    if clients.required { verifier } else { verifier.allow_unauthenticated() };
                builder.with_client_cert_verifier(verifier.build().map_err(no_authorities)?)
            }
            _ if self.revocations.is_some() => {
                return Err(StartError::new(
                    "there are revocation lists of client certificates, and clients are not asked for any",
                    "say whose certificates count: `.client_certificates(\"authorities.pem\")`",
                ));
            }
            _ => builder.with_no_client_auth(),
        };
        let chain = certificates(&self.certificate, "the certificate")?;
        let key = PrivateKeyDer::from_pem_slice(&self.key).map_err(|error| {
            unusable(
                "the key file holds no private key",
                "write it as PEM, in PKCS#8, PKCS#1 or SEC1, without a password",
                error,
            )
        })?;
        let mut configuration = builder.with_single_cert(chain, key).map_err(|error| {
            unusable(
                "the certificate and the key do not fit together",
                "name the key of the first certificate in the file",
                error,
            )
        })?;
        configuration.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        if tls.asks_for_certificates() {
            resume_nothing(&mut configuration);
        }
        Ok(Arc::new(configuration))
    }
}

/// A session that is resumed brings the certificate of its first handshake, which nobody verifies again:
/// it may have ended, or its list of revocations may be overdue by now.
fn resume_nothing(configuration: &mut ServerConfig) {
    configuration.session_storage = Arc::new(NoServerSessionStorage {});
    // No tickets either: they need the storage, or a ticketer, of which there is none by default.
    configuration.send_tls13_tickets = 0;
}

fn certificates(pem: &[u8], what: &str) -> Result<Vec<CertificateDer<'static>>, StartError> {
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    match certificates {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        Ok(_) => Err(StartError::new(
            format!("the file of {what} holds no certificate"),
            "write certificates as PEM: `-----BEGIN CERTIFICATE-----`",
        )),
        Err(error) => Err(unusable(
            &format!("the file of {what} is not valid"),
            "write certificates as PEM",
            error,
        )),
    }
}

fn roots(pem: &[u8]) -> Result<RootCertStore, StartError> {
    let mut roots = RootCertStore::empty();
    for authority in certificates(pem, "the authorities of client certificates")? {
        roots.add(authority).map_err(no_authorities)?;
    }
    Ok(roots)
}

fn crls(pem: &[u8]) -> Result<Vec<CertificateRevocationListDer<'static>>, StartError> {
    let lists: Result<Vec<_>, _> = CertificateRevocationListDer::pem_slice_iter(pem).collect();
    let fix = "write lists as PEM: `-----BEGIN X509 CRL-----`";
    match lists {
        Ok(lists) if !lists.is_empty() => Ok(lists),
        Ok(_) => Err(StartError::new("the file of revocation lists holds none", fix)),
        Err(error) => Err(unusable("the file of revocation lists is not valid", fix, error)),
    }
}

/// A file that is no secret, but decides who is trusted: who may write to it makes callers.
fn read(path: &Path, what: &'static str) -> Result<Vec<u8>, StartError> {
    let mut bytes = PrivateFile::open(path, what, Readers::Everybody)?.read(CEILING)?;
    Ok(std::mem::take(&mut *bytes))
}

fn no_authorities(error: impl std::error::Error + Send + Sync + 'static) -> StartError {
    unusable(
        "the authorities of client certificates, or their revocation lists, cannot be used",
        "name PEM files with the certificates and the lists of your authorities",
        error,
    )
}

fn unusable(
    what: &str,
    fix: &str,
    error: impl std::error::Error + Send + Sync + 'static,
) -> StartError {
    StartError::new(what, fix).because(io::Error::other(error))
}
