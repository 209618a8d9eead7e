//! Handshakes, with the certificates of the day.
//!
//! A certificate that is not valid fails before there is a request. So where clients are asked for
//! certificates, failures are counted here as the door counts those of tokens, and who has failed too often
//! is not worth the cryptography of another handshake.

use std::fmt;
use std::io;
use std::net::IpAddr;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::rustls::{CertificateError, Error, ServerConfig};
use tokio_rustls::server::TlsStream;

use super::load::Material;
use super::{PeerCertificate, Tls};
use crate::server::StartError;
use crate::server::callers::Door;
use crate::server::reload::Looks;

/// Accepts TLS on connections, and renews its certificates.
pub(in crate::server::http) struct TlsAcceptor {
    tls: Tls,
    configuration: RwLock<Arc<ServerConfig>>,
    /// Who counts failures, if clients are asked for certificates.
    door: Option<Arc<Door>>,
}

impl TlsAcceptor {
    /// # Errors
    /// If a file cannot be read or used.
    pub(in crate::server::http) fn open(tls: Tls, door: &Arc<Door>) -> Result<Self, StartError> {
        let configuration = Material::read(&tls)?.configuration(&tls)?;
        let door = tls.asks_for_certificates().then(|| Arc::clone(door));
        Ok(TlsAcceptor { tls, configuration: RwLock::new(configuration), door })
    }

    /// Whether an address may try. For those who bring the connections of many, there is none.
    pub(in crate::server::http) fn lets_try(&self, address: Option<IpAddr>) -> bool {
        let counted = self.door.as_ref().zip(address);
        counted.is_none_or(|(door, address)| door.may_shake_hands(address))
    }

    /// A handshake, unless it fails or takes too long. A certificate that is not valid counts against the
    /// address.
    pub(in crate::server::http) async fn accept(
        &self,
        stream: TcpStream,
        address: Option<IpAddr>,
        time: Duration,
    ) -> Option<(TlsStream<TcpStream>, Option<PeerCertificate>)> {
        let current = self.configuration.read().unwrap_or_else(PoisonError::into_inner).clone();
        let handshake = tokio_rustls::TlsAcceptor::from(current).accept(stream);
        let stream = match timeout(time, handshake).await {
            Ok(Ok(stream)) => stream,
            failed => {
                // Strangers can make as many of these as they like.
                tracing::debug!(target: "secure_tool", "a TLS handshake failed or took too long");
                let error = failed.ok().and_then(Result::err);
                if let (Some(door), Some(address)) = (&self.door, address)
                    && error.is_some_and(|error| is_of_the_certificate(&error))
                {
                    door.failed_handshake(address);
                }
                return None;
            }
        };
        let (_, session) = stream.get_ref();
        let certificate = session.peer_certificates().and_then(<[_]>::first);
        let certificate = certificate.map(|certificate| PeerCertificate::new(certificate));
        Some((stream, certificate))
    }

    /// Looks at the files now and then, for ever.
    pub(in crate::server::http) async fn renew(self: Arc<Self>) {
        let every = self.tls.look_every.max(Duration::from_millis(10));
        // The first look is at once.
        let mut time = Duration::ZERO;
        let mut looks = Looks::new();
        let mut known = None;
        let mut complaint = None;
        loop {
            looks.next(std::mem::replace(&mut time, every)).await;
            let acceptor = Arc::clone(&self);
            // Reading files and keys takes time that connections need.
            let looked = tokio::task::spawn_blocking(move || acceptor.look(known)).await;
            match looked {
                Ok(Ok(Looked::Same)) => complaint = None,
                Ok(Ok(Looked::Seen(digest))) => {
                    // The first look only learns what was read at the start, or changed since.
                    if known.replace(digest).is_some() {
                        tracing::info!(target: "secure_tool", "the certificates have changed: new connections get the new ones");
                    }
                    complaint = None;
                }
                Ok(Err(error)) => {
                    let text = error.to_string();
                    // Once, not every few seconds.
                    if complaint.as_ref() != Some(&text) {
                        tracing::error!(target: "secure_tool", "the new certificates are not used, the old ones stay: {text}");
                        complaint = Some(text);
                    }
                }
                Err(_) => {
                    tracing::error!(target: "secure_tool", "looking at the certificates failed")
                }
            }
        }
    }

    fn look(&self, known: Option<[u8; 32]>) -> Result<Looked, StartError> {
        let material = Material::read(&self.tls)?;
        let digest = material.digest();
        if known == Some(digest) {
            return Ok(Looked::Same);
        }
        let configuration = material.configuration(&self.tls)?;
        *self.configuration.write().unwrap_or_else(PoisonError::into_inner) = configuration;
        Ok(Looked::Seen(digest))
    }
}

/// Whether a client has shown a certificate that is not valid, or does not have its key. That lists of
/// revocations are overdue is not the client's fault.
fn is_of_the_certificate(error: &io::Error) -> bool {
    let error = error.get_ref().and_then(|error| error.downcast_ref());
    let Some(Error::InvalidCertificate(error)) = error else { return false };
    !matches!(
        error,
        CertificateError::UnknownRevocationStatus
            | CertificateError::ExpiredRevocationList
            | CertificateError::ExpiredRevocationListContext { .. }
    )
}

/// What a look at the files has found.
enum Looked {
    Same,
    Seen([u8; 32]),
}

impl fmt::Debug for TlsAcceptor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsAcceptor").field("tls", &self.tls).finish_non_exhaustive()
    }
}
