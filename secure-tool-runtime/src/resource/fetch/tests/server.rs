//! A server on loopback with a certificate for some names, and a fetcher that finds it there.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, Mutex};

use rcgen::{CertifiedKey, generate_simple_self_signed};
use reqwest::Client;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

use super::super::address::special;
use super::super::resolver::Resolver;
use super::super::{FetchError, Fetched, Fetcher, SafeUrl};

/// Names that the certificate is for.
const NAMES: [&str; 3] = ["good.example", "other.example", "rebind.example"];

const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

pub(super) struct Server {
    pub(super) port: u16,
    certificate: reqwest::Certificate,
    requests: Arc<Mutex<Vec<String>>>,
    lookups: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// Answers each path with what the function says, byte by byte.
    pub(super) async fn start(answer: fn(&str) -> Vec<u8>) -> Self {
        let CertifiedKey { cert, signing_key } =
            generate_simple_self_signed(NAMES.map(str::to_owned)).unwrap();
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(signing_key.serialize_der()));
        let config = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![cert.der().clone()], key)
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind((HERE, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let requests = Arc::new(Mutex::new(Vec::new()));
        tokio::spawn(serve(listener, acceptor, Arc::clone(&requests), answer));
        let certificate = reqwest::Certificate::from_der(cert.der()).unwrap();
        Server { port, certificate, requests, lookups: Arc::default() }
    }

    /// Goes to any host; loopback alone is public to it beside what is.
    pub(super) fn fetcher(&self) -> Fetcher {
        self.fetcher_of(None)
    }

    pub(super) fn fetcher_to(&self, hosts: &[&str]) -> Fetcher {
        self.fetcher_of(Some(hosts.iter().map(|host| (*host).to_owned()).collect()))
    }

    fn fetcher_of(&self, hosts: Option<BTreeSet<String>>) -> Fetcher {
        let lookups = Arc::clone(&self.lookups);
        let lookup = move |name: String| {
            let mut lookups = lookups.lock().unwrap();
            lookups.push(name.clone());
            let count = lookups.iter().filter(|other| **other == name).count();
            addresses(&name, count)
        };
        let special = |address| special(address).filter(|_| address != HERE);
        let builder = Client::builder().tls_certs_only([self.certificate.clone()]);
        Fetcher::new(hosts, Resolver::of(lookup, special), builder).unwrap().port(self.port)
    }

    pub(super) fn url(&self, host: &str, path: &str) -> SafeUrl {
        let url = format!("https://{host}:{}{path}", self.port);
        SafeUrl::try_from(url.as_str()).unwrap()
    }

    pub(super) async fn get(&self, path: &str) -> Result<Fetched, FetchError> {
        self.fetcher().get(&self.url("good.example", path)).await
    }

    /// Heads of the requests that arrived.
    pub(super) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }

    /// Names that were looked up.
    pub(super) fn lookups(&self) -> Vec<String> {
        self.lookups.lock().unwrap().clone()
    }
}

fn addresses(name: &str, count: usize) -> Vec<IpAddr> {
    let inner = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1));
    match (name, count) {
        ("good.example" | "other.example", _) | ("rebind.example", 1) => vec![HERE],
        ("rebind.example", _) => vec![Ipv4Addr::new(127, 0, 0, 2).into()],
        ("inner.example", _) => vec![inner],
        ("mixed.example", _) => vec![HERE, inner],
        ("metadata.example", _) => vec!["64:ff9b::a9fe:a9fe".parse().unwrap()],
        _ => vec![],
    }
}

async fn serve(
    listener: TcpListener,
    acceptor: TlsAcceptor,
    requests: Arc<Mutex<Vec<String>>>,
    answer: fn(&str) -> Vec<u8>,
) {
    while let Ok((stream, _)) = listener.accept().await {
        let (acceptor, requests) = (acceptor.clone(), Arc::clone(&requests));
        tokio::spawn(async move {
            let Ok(mut stream) = acceptor.accept(stream).await else { return };
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                let Ok(byte) = stream.read_u8().await else { return };
                head.push(byte);
            }
            let head = String::from_utf8(head).unwrap();
            let path = head.split(' ').nth(1).unwrap().to_owned();
            requests.lock().unwrap().push(head);
            match path.as_str() {
                "/endless" => endless(&mut stream).await,
                "/silent" => std::future::pending().await,
                path => drop(stream.write_all(&answer(path)).await),
            }
            let _ = stream.shutdown().await;
        });
    }
}

/// A body without end, and without a length.
async fn endless(stream: &mut (impl AsyncWriteExt + Unpin)) {
    let head = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
    let chunk = [b"1000\r\n".as_slice(), &[b'x'; 0x1000], b"\r\n"].concat();
    let mut written = stream.write_all(head).await;
    while written.is_ok() {
        written = stream.write_all(&chunk).await;
    }
}
