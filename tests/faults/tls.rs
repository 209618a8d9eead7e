//! TLS: handshakes that do not end, and certificates that change under load.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use secure_tool_runtime::server::{StartError, Tls};
use secure_tool_runtime::{Callers, DevelopmentUsers};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::rustls::ClientConfig;

use crate::certificates::{Authority, Files, Pair, client, der, shake, shown};
#[cfg(unix)]
use crate::child;
use crate::clients::{Client, Wire};
use crate::support::process::{HttpProcess, clean, example};
use crate::support::{bounded, call};
use crate::world::{SHORT, World, limits, said, tools};

pub fn tls(files: &Files) -> Tls {
    Tls::files(files.certificate(), files.key()).look_every(Duration::from_millis(20))
}

pub async fn who(world: &World, config: &Arc<ClientConfig>) -> std::io::Result<(u16, String)> {
    let stream = shake(config, world.address).await?;
    let mut client = Client::new(Wire::new(stream), &world.token);
    let bytes = client.bytes(&call(1, "who", json!({})));
    client.wire.send(&bytes).await;
    // Clients hear of a certificate that is not accepted only now (TLS 1.3).
    let answer = bounded("an answer", client.wire.try_answer()).await;
    let answer = answer.ok_or(std::io::ErrorKind::ConnectionReset)?;
    let said = if answer.status() == 200 { said(&answer) } else { answer.body.clone() };
    Ok((answer.status(), said))
}

#[tokio::test]
async fn calls_are_served_over_both_versions_of_http() {
    let authority = Authority::new();
    let files = Files::new(&authority.server());
    let world = World::with(limits(), |server| server.tls(tls(&files))).await;
    let config = Arc::new(client(&[&authority], None, "http/1.1"));
    assert_eq!(who(&world, &config).await.unwrap(), (200, "alice 127.0.0.1".into()));

    let config = Arc::new(client(&[&authority], None, "h2"));
    let stream = shake(&config, world.address).await.unwrap();
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
    let (mut requests, connection) = h2::client::handshake(stream).await.unwrap();
    tokio::spawn(connection);
    let request = http::Request::get("https://localhost/readyz").body(()).unwrap();
    let (answer, _) = requests.send_request(request, true).unwrap();
    assert_eq!(bounded("an answer", answer).await.unwrap().status(), 200);
    drop(requests);

    // Without TLS there is nothing to talk to.
    let mut plain = Wire::connect(world.address).await;
    plain.send(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n").await;
    let rest = plain.rest().await;
    assert!(!rest.starts_with(b"HTTP"), "{}", String::from_utf8_lossy(&rest));
    world.has(0).await;
    world.stop().await;
}

/// A `ClientHello` that offers no more than this version (RFC 5246 §7.4.1.2), with suites of its days.
fn hello(version: [u8; 2]) -> Vec<u8> {
    let suites = [0xc0, 0x13, 0xc0, 0x14, 0x00, 0x2f, 0x00, 0x35, 0xc0, 0x2b, 0xc0, 0x2c];
    let mut body = [&version[..], &[7; 32], &[0, 0, suites.len() as u8]].concat();
    body.extend(suites);
    body.extend([1, 0]);
    // Groups, points and signatures, so that only the version is in the way.
    let extensions = [0, 10, 0, 4, 0, 2, 0, 23, 0, 11, 0, 2, 1, 0, 0, 13, 0, 6, 0, 4, 4, 3, 4, 1];
    body.extend([0, extensions.len() as u8]);
    body.extend(extensions);
    let length = body.len() as u8;
    let handshake = [&[1, 0, 0, length][..], &body].concat();
    [&[0x16, 3, 1, 0, handshake.len() as u8][..], &handshake].concat()
}

#[tokio::test]
async fn versions_before_1_2_are_refused() {
    let authority = Authority::new();
    let files = Files::new(&authority.server());
    let world = World::with(limits(), |server| server.tls(tls(&files))).await;
    for (version, speaks) in [([3, 0], false), ([3, 1], false), ([3, 2], false), ([3, 3], true)] {
        let mut stream = TcpStream::connect(world.address).await.unwrap();
        stream.write_all(&hello(version)).await.unwrap();
        if speaks {
            // The same hello, of TLS 1.2: answered with a handshake.
            let first = bounded("an answer", stream.read_u8()).await.unwrap();
            assert_eq!(first, 0x16, "{version:?}");
            continue;
        }
        let answer = Wire::new(stream).rest().await;
        // A fatal alert, `protocol_version`, and nothing else.
        assert_eq!(answer, [0x15, 3, 3, 0, 2, 2, 70], "{version:?}");
    }
    world.has(0).await;
    world.stop().await;
}

#[tokio::test]
async fn a_handshake_that_does_not_end_is_cut() {
    let mut limits = limits();
    limits.handshake_time = SHORT;
    let authority = Authority::new();
    let files = Files::new(&authority.server());
    let world = World::with(limits, |server| server.tls(tls(&files))).await;
    for begun in [&b""[..], b"\x16", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"] {
        let mut wire = Wire::connect(world.address).await;
        wire.send(begun).await;
        wire.rest().await;
    }
    for garbage in [&b"GET / HTTP/1.1\r\n\r\n"[..], &[0xff; 5000]] {
        let mut wire = Wire::connect(world.address).await;
        wire.send(garbage).await;
        wire.rest().await;
    }
    let config = Arc::new(client(&[&authority], None, "http/1.1"));
    assert_eq!(who(&world, &config).await.unwrap().0, 200);
    world.has(0).await;
    world.stop().await;
}

#[tokio::test]
async fn a_server_that_stops_waits_for_no_handshake() {
    let authority = Authority::new();
    let files = Files::new(&authority.server());
    let world = World::with(limits(), |server| server.tls(tls(&files))).await;
    let silent = Wire::connect(world.address).await;
    world.has(1).await;
    world.shutdown.cancel();
    silent.ends().await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn certificates_change_under_load_and_no_call_fails() {
    let authority = Authority::new();
    let pairs: Vec<Pair> = (0..5).map(|_| authority.server()).collect();
    let files = Files::new(&pairs[0]);
    let world = Arc::new(World::with(limits(), |server| server.tls(tls(&files))).await);
    let config = Arc::new(client(&[&authority], None, "http/1.1"));
    let (served, enough) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
    let mut load = tokio::task::JoinSet::new();
    for _ in 0..3 {
        let (world, config) = (Arc::clone(&world), Arc::clone(&config));
        let (served, enough) = (Arc::clone(&served), Arc::clone(&enough));
        load.spawn(async move {
            while !enough.load(Ordering::SeqCst) {
                assert_eq!(who(&world, &config).await.unwrap().0, 200);
                served.fetch_add(1, Ordering::SeqCst);
            }
        });
    }
    // A connection that is open stays.
    let mut kept =
        Client::new(Wire::new(shake(&config, world.address).await.unwrap()), &world.token);
    for pair in &pairs[1..] {
        let before = served.load(Ordering::SeqCst);
        files.write(pair);
        shows(&world, &config, pair).await;
        let more = || (served.load(Ordering::SeqCst) > before + 5).then_some(());
        crate::support::eventually("calls", more).await;
        assert_eq!(kept.post(&call(1, "who", json!({}))).await.status(), 200);
    }
    enough.store(true, Ordering::SeqCst);
    load.join_all().await;
    drop(kept);
    Arc::into_inner(world).unwrap().stop().await;
}

/// Waits until new connections get this certificate.
async fn shows(world: &World, config: &Arc<ClientConfig>, pair: &Pair) {
    let look = async {
        while shown(&shake(config, world.address).await.unwrap()) != der(pair) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    bounded("the new certificate", look).await;
}

#[tokio::test]
async fn certificates_that_do_not_fit_are_not_used() {
    let authority = Authority::new();
    let (first, second) = (authority.server(), authority.server());
    let files = Files::new(&first);
    let world = World::with(limits(), |server| server.tls(tls(&files))).await;
    let config = Arc::new(client(&[&authority], None, "http/1.1"));
    for (key, mode) in
        [(second.key.as_str(), 0o600), ("garbage", 0o600), ("", 0o600), (first.key.as_str(), 0o644)]
    {
        files.write_key(key, mode);
        // Long enough for several looks: what must not happen cannot be waited for.
        tokio::time::sleep(Duration::from_millis(100)).await;
        let stream = shake(&config, world.address).await.unwrap();
        assert_eq!(shown(&stream), der(&first));
    }
    std::fs::remove_file(files.certificate()).unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(who(&world, &config).await.unwrap().0, 200);
    // The next good pair is taken.
    files.write(&second);
    shows(&world, &config, &second).await;
    world.stop().await;
}

pub async fn start(tls: Tls, callers: impl Into<Callers>) -> Result<(), StartError> {
    let (server, _) = tools();
    server.tls(tls).callers(callers).bind_http(([127, 0, 0, 1], 0).into()).await.map(drop)
}

#[tokio::test]
async fn what_is_wrong_with_certificates_is_told_at_the_start() {
    let authority = Authority::new();
    let pair = authority.server();
    let files = Files::new(&pair);
    let users = || DevelopmentUsers::new().user("alice", &[], &[]);
    let told = |error: StartError| {
        let text = error.to_string();
        assert!(text.contains("help:"), "{text}");
        assert!(!text.contains("PRIVATE"), "{text}");
        text
    };
    let missing = Tls::files("/nowhere/a.pem", files.key());
    assert!(told(start(missing, users()).await.unwrap_err()).contains("certificate"));
    let missing = Tls::files(files.certificate(), "/nowhere/a.key");
    assert!(told(start(missing, users()).await.unwrap_err()).contains("private key"));
    let empty = Tls::files(files.with("empty", ""), files.key());
    assert!(told(start(empty, users()).await.unwrap_err()).contains("no certificate"));
    let no_authorities = tls(&files).client_certificates(files.with("none", ""));
    assert!(told(start(no_authorities, users()).await.unwrap_err()).contains("authorities"));
    files.write_key(&authority.server().key, 0o600);
    let text = told(start(tls(&files), users()).await.unwrap_err());
    assert!(text.contains("do not fit together"), "{text}");
    for mode in [0o604, 0o644, 0o602, 0o601] {
        files.write_key(&pair.key, mode);
        assert!(told(start(tls(&files), users()).await.unwrap_err()).contains("chmod"));
    }
    files.write_key(&pair.key, 0o640);
    start(tls(&files), users()).await.unwrap();
}

#[cfg(unix)]
#[tokio::test]
async fn certificates_are_looked_at_when_the_server_is_asked_to() {
    let authority = Authority::new();
    let files = Files::new(&authority.server());
    let (certificate, key) = (files.certificate(), files.key());
    let more = ["--tls-cert".as_ref(), certificate.as_path(), "--tls-key".as_ref(), key.as_path()];
    let server = child::start(&more).await;
    let address = server.address().parse().unwrap();
    let config = Arc::new(client(&[&authority], None, "http/1.1"));
    shake(&config, address).await.unwrap();
    // The second time, the look at the start is over for sure.
    for _ in 0..2 {
        let pair = authority.server();
        files.write(&pair);
        server.hang_up();
        let look = async {
            while shown(&shake(&config, address).await.unwrap()) != der(&pair) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        bounded("the new certificate", look).await;
    }
    let left = tokio::task::spawn_blocking(|| server.stop()).await.unwrap();
    assert!(
        left.stderr.contains("looking at keys, certificates and policies again"),
        "{}",
        left.stderr
    );
}

#[tokio::test]
async fn the_command_line_names_certificates() {
    let authority = Authority::new();
    let files = Files::new(&authority.server());
    let (certificate, key) = (files.certificate(), files.key());
    let more = ["--tls-cert".as_ref(), certificate.as_path(), "--tls-key".as_ref(), key.as_path()];
    let notes = || clean(example("notes"));
    let server = HttpProcess::start_on(notes(), "127.0.0.1:0", &more);
    assert!(server.ready.url.starts_with("https://127.0.0.1:"), "{}", server.ready.url);
    let config = Arc::new(client(&[&authority], None, "http/1.1"));
    let stream = shake(&config, server.address().parse().unwrap()).await.unwrap();
    let mut bob = Client::new(Wire::new(stream), server.token("bob"));
    let answer = bob.post(&call(1, "list_notes", json!({}))).await;
    assert_eq!(answer.result()["isError"], false, "{answer:?}");
    drop((bob, server));

    let refused = |arguments: &[&std::path::Path]| {
        let audit = files.with("audit.jsonl", "");
        let output = notes()
            .args(["serve", "--http", "127.0.0.1:0", "--audit-file"])
            .arg(audit)
            .args(arguments)
            .output()
            .unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    assert_eq!(refused(&more[..2]).0, Some(2), "a certificate without its key");
    files.write_key("garbage", 0o600);
    let (status, said) = refused(&more);
    assert_eq!(status, Some(1), "{said}");
    assert!(said.contains("no private key") && said.contains("help:"), "{said}");
    assert!(!said.contains("garbage"), "{said}");
}
