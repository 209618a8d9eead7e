//! Certificates made for a test, and clients that use them.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, ExtendedKeyUsagePurpose,
    IsCa, Issuer, KeyIdMethod, KeyPair, RevokedCertParams, SanType, date_time_ymd,
};
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio_rustls::rustls::{
    ClientConfig, DEFAULT_VERSIONS, RootCertStore, SupportedProtocolVersion,
};

use crate::support::bounded;

/// The name in certificates of servers.
pub const HOST: &str = "mcp.example.com";

/// Who issues certificates.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pub pem: String,
}

/// A certificate and its key, as PEM.
#[derive(Clone)]
pub struct Pair {
    pub certificate: String,
    pub key: String,
}

impl Authority {
    pub fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let pem = params.self_signed(&key).unwrap().pem();
        Authority { issuer: Issuer::new(params, key), pem }
    }

    pub fn server(&self) -> Pair {
        self.issue(
            vec![SanType::DnsName(HOST.try_into().unwrap())],
            ExtendedKeyUsagePurpose::ServerAuth,
        )
    }

    pub fn client(&self, names: Vec<SanType>) -> Pair {
        self.issue(names, ExtendedKeyUsagePurpose::ClientAuth)
    }

    /// A certificate of a client with this serial number.
    pub fn numbered(&self, name: SanType, number: u64) -> Pair {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        params.subject_alt_names = vec![name];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        params.serial_number = Some(number.into());
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        Pair { certificate: certificate.pem(), key: key.serialize_pem() }
    }

    /// A list of what was revoked, good until that year.
    pub fn revocations(&self, numbers: &[u64], until: i32) -> String {
        let revoked = |number: &u64| RevokedCertParams {
            serial_number: (*number).into(),
            revocation_time: date_time_ymd(2020, 1, 1),
            reason_code: None,
            invalidity_date: None,
        };
        let list = CertificateRevocationListParams {
            this_update: date_time_ymd(2020, 1, 1),
            next_update: date_time_ymd(until, 1, 1),
            crl_number: 1.into(),
            issuing_distribution_point: None,
            revoked_certs: numbers.iter().map(revoked).collect(),
            key_identifier_method: KeyIdMethod::Sha256,
        };
        list.signed_by(&self.issuer).unwrap().pem().unwrap()
    }

    fn issue(&self, names: Vec<SanType>, purpose: ExtendedKeyUsagePurpose) -> Pair {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        params.subject_alt_names = names;
        params.extended_key_usages = vec![purpose];
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        Pair { certificate: certificate.pem(), key: key.serialize_pem() }
    }
}

pub fn uri(uri: &str) -> SanType {
    SanType::URI(uri.try_into().unwrap())
}

/// Files of a server.
pub struct Files {
    directory: TempDir,
}

impl Files {
    pub fn new(pair: &Pair) -> Self {
        let files = Files { directory: tempfile::tempdir().unwrap() };
        files.write(pair);
        files
    }

    pub fn certificate(&self) -> PathBuf {
        self.directory.path().join("server.pem")
    }

    pub fn key(&self) -> PathBuf {
        self.directory.path().join("server.key")
    }

    /// Another file beside them.
    pub fn with(&self, name: &str, text: &str) -> PathBuf {
        self.with_mode(name, text, 0o644)
    }

    pub fn with_mode(&self, name: &str, text: &str, mode: u32) -> PathBuf {
        let path = self.directory.path().join(name);
        replace(&path, text, mode);
        path
    }

    /// Replaces both, one after the other.
    pub fn write(&self, pair: &Pair) {
        replace(&self.certificate(), &pair.certificate, 0o644);
        replace(&self.key(), &pair.key, 0o600);
    }

    pub fn write_key(&self, key: &str, mode: u32) {
        replace(&self.key(), key, mode);
    }
}

/// As tools that renew certificates do it: a new file takes the place of the old one.
fn replace(path: &Path, text: &str, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    let part = path.with_extension("part");
    fs::write(&part, text).unwrap();
    fs::set_permissions(&part, fs::Permissions::from_mode(mode)).unwrap();
    fs::rename(&part, path).unwrap();
}

/// A client that trusts some authorities.
pub fn client(authorities: &[&Authority], pair: Option<&Pair>, protocol: &str) -> ClientConfig {
    client_of(DEFAULT_VERSIONS, authorities, pair, protocol)
}

/// The same, of some versions of TLS.
pub fn client_of(
    versions: &[&'static SupportedProtocolVersion],
    authorities: &[&Authority],
    pair: Option<&Pair>,
    protocol: &str,
) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    for authority in authorities {
        roots.add(CertificateDer::from_pem_slice(authority.pem.as_bytes()).unwrap()).unwrap();
    }
    let config = ClientConfig::builder_with_protocol_versions(versions);
    let config = config.with_root_certificates(roots);
    let mut config = match pair {
        None => config.with_no_client_auth(),
        Some(pair) => {
            let chain = vec![CertificateDer::from_pem_slice(pair.certificate.as_bytes()).unwrap()];
            let key = PrivateKeyDer::from_pem_slice(pair.key.as_bytes()).unwrap();
            config.with_client_auth_cert(chain, key).unwrap()
        }
    };
    config.alpn_protocols = vec![protocol.into()];
    config
}

/// A handshake.
pub async fn shake(
    config: &Arc<ClientConfig>,
    address: SocketAddr,
) -> std::io::Result<TlsStream<TcpStream>> {
    let stream = bounded("a connection", TcpStream::connect(address)).await?;
    let connector = TlsConnector::from(Arc::clone(config));
    bounded("a handshake", connector.connect(ServerName::try_from(HOST).unwrap(), stream)).await
}

/// The certificate that a server shows.
pub fn shown(stream: &TlsStream<TcpStream>) -> Vec<u8> {
    let (_, session) = stream.get_ref();
    session.peer_certificates().unwrap()[0].to_vec()
}

/// A certificate in DER.
pub fn der(pair: &Pair) -> Vec<u8> {
    CertificateDer::from_pem_slice(pair.certificate.as_bytes()).unwrap().to_vec()
}
