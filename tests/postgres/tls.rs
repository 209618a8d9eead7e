//! TLS on the way to the server, ended in front of it as poolers do.

use std::path::Path;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, UnixStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

use super::*;

/// What a client begins with that wants TLS.
const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 4, 210, 22, 47];

/// Who issues certificates, with its own as PEM.
fn authority() -> (Issuer<'static, KeyPair>, String) {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let pem = params.self_signed(&key).unwrap().pem();
    (Issuer::new(params, key), pem)
}

fn server_of(authority: &Issuer<'static, KeyPair>, name: &str) -> TlsAcceptor {
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new([name.to_owned()]).unwrap();
    let certificate = params.signed_by(&key, authority).unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(tokio_rustls::rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .unwrap();
    TlsAcceptor::from(Arc::new(config))
}

/// Listens in front of the server, until the test ends. Gives its port.
async fn listen(acceptor: TlsAcceptor, socket: &Path) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let socket = socket.to_owned();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let (acceptor, socket) = (acceptor.clone(), socket.clone());
            tokio::spawn(async move {
                let mut request = [0; 8];
                stream.read_exact(&mut request).await.unwrap();
                assert_eq!(request, SSL_REQUEST, "it begins without TLS");
                stream.write_all(b"S").await.unwrap();
                let Ok(mut stream) = acceptor.accept(stream).await else { return };
                let mut server = UnixStream::connect(socket).await.unwrap();
                // Whichever end closes first.
                let _ = copy_bidirectional(&mut stream, &mut server).await;
            });
        }
    });
    port
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_is_verified_before_it_learns_anything() {
    let Some(database) = PostgresDatabase::new(SCRIPT).await else { return };
    let socket = database.server.socket();
    let ((own, pem), (other, _)) = (authority(), authority());
    let directory = tempfile::tempdir().unwrap();
    let trusted = directory.path().join("authority.pem");
    std::fs::write(&trusted, pem).unwrap();
    let open = async |acceptor| {
        let port = listen(acceptor, &socket).await;
        let url = format!(
            "postgres://tools:{PASSWORD}@localhost:{port}/{}?sslmode=verify-full&sslrootcert={}",
            database.name(),
            trusted.display()
        );
        bounded("an answer", Database::postgres(url).connections(2).read_only()).await
    };
    let db = open(server_of(&own, "localhost")).await.unwrap();
    assert_eq!(count(&db).await, 3);
    for (what, acceptor) in [
        ("another authority", server_of(&other, "localhost")),
        ("another name", server_of(&own, "db.example")),
    ] {
        let error = open(acceptor).await.unwrap_err().to_string();
        assert!(!error.contains(PASSWORD), "{what}: {error}");
    }
}
