//! Callers that are known by their certificates: who they are, who has signed for them, who is revoked.

use std::sync::Arc;

use secure_tool_runtime::server::settings::Settings;
use secure_tool_runtime::server::{ClientCertificates, Tls};
use secure_tool_runtime::{Callers, DevelopmentUsers};

use crate::certificates::{Authority, Files, Pair, client, uri};
use crate::support::bounded;
use crate::tls::{start, tls, who};
use crate::world::{World, tools};

#[tokio::test]
async fn who_may_not_write_certificates_cannot_make_callers() {
    let authority = Authority::new();
    let pair = authority.server();
    let files = Files::new(&pair);
    let list = authority.revocations(&[7], 2100);
    let begin = async |server: (u32, usize), clients: (u32, usize), lists: (u32, usize)| {
        // What follows is no PEM, and is not read as any.
        let padded = |pem: &str, length: usize| format!("{pem}{}", "\n".repeat(length - pem.len()));
        let with =
            |name, pem: &str, (mode, length)| files.with_mode(name, &padded(pem, length), mode);
        let tls = Tls::files(with("server.pem", &pair.certificate, server), files.key())
            .client_certificates(with("clients.pem", &authority.pem, clients))
            .client_revocations(with("lists.pem", &list, lists));
        start(tls, agents()).await.map_err(|error| error.to_string())
    };
    let (good, most) = ((0o644, 4096), 1 << 20);
    begin(good, good, good).await.unwrap();
    begin((0o600, most), (0o444, most), (0o640, most)).await.unwrap();
    let what = ["the certificate", "the authorities", "the revocation lists"];
    for (which, what) in what.into_iter().enumerate() {
        for (bad, told) in [
            ((0o664, 4096), "others can write to"),
            ((0o646, 4096), "others can write to"),
            ((0o644, most + 1), "is larger than 1048576 bytes"),
        ] {
            let mut each = [good; 3];
            each[which] = bad;
            let [server, clients, lists] = each;
            let error = begin(server, clients, lists).await.unwrap_err();
            assert!(error.contains(told) && error.contains("help:"), "{error}");
            assert!(error.contains(&format!("file of {what}")), "{error}");
        }
    }
}

pub fn agents() -> ClientCertificates {
    ClientCertificates::new()
        .uri("spiffe://example.org/indexer", &["notes:read"], &[])
        .email("ada@example.org", &[], &[])
        .dns("Agent.Example.org", &[], &[])
}

#[tokio::test]
async fn callers_are_known_by_their_certificates() {
    let (authority, other) = (Authority::new(), Authority::new());
    let files = Files::new(&authority.server());
    let authorities = files.with("clients.pem", &authority.pem);
    let (server, traces) = tools();
    let server = server.tls(tls(&files).client_certificates(authorities)).callers(agents());
    let world = World::run(server.bind_http(([127, 0, 0, 1], 0).into()).await.unwrap(), traces);
    let email = |address: &str| rcgen::SanType::Rfc822Name(address.try_into().unwrap());
    let dns = |name: &str| rcgen::SanType::DnsName(name.try_into().unwrap());
    let agent = || uri("spiffe://example.org/indexer");
    for (names, expected) in [
        (vec![agent()], Some("spiffe://example.org/indexer")),
        (vec![email("ada@example.org")], Some("ada@example.org")),
        (vec![dns("agent.example.org")], Some("agent.example.org")),
        // The first of the list, not of the certificate.
        (vec![dns("agent.example.org"), agent()], Some("spiffe://example.org/indexer")),
        (vec![uri("spiffe://example.org/other")], None),
        (vec![uri("spiffe://example.org/indexer/x")], None),
        (vec![uri("SPIFFE://example.org/indexer")], None),
        (vec![dns("ada@example.org")], None),
        (vec![uri("ada@example.org")], None),
        (vec![dns("*.example.org")], None),
        (vec![], None),
    ] {
        let config = client(&[&authority], Some(&authority.client(names.clone())), "http/1.1");
        let (status, said) = who(&world, &Arc::new(config)).await.unwrap();
        match expected {
            Some(name) => assert_eq!((status, said), (200, format!("cert:{name} 127.0.0.1"))),
            None => assert_eq!(status, 401, "{names:?}: {said}"),
        }
    }
    // Of an authority that nobody trusts, for a server, and none at all.
    for pair in [Some(other.client(vec![agent()])), Some(authority.server()), None] {
        let config = Arc::new(client(&[&authority], pair.as_ref(), "http/1.1"));
        assert!(who(&world, &config).await.is_err());
    }
    world.has(0).await;
    world.stop().await;
}

#[tokio::test]
async fn revoked_certificates_get_no_connection() {
    let authority = Authority::new();
    let files = Files::new(&authority.server());
    let authorities = files.with("clients.pem", &authority.pem);
    let lists = files.with("lists.pem", &authority.revocations(&[7], 2100));
    let (server, traces) = tools();
    let asks = tls(&files).client_certificates(authorities);
    let server = server.tls(asks.client_revocations(&lists)).callers(agents());
    let world = World::run(server.bind_http(([127, 0, 0, 1], 0).into()).await.unwrap(), traces);
    let agent = |number| {
        let pair = authority.numbered(uri("spiffe://example.org/indexer"), number);
        Arc::new(client(&[&authority], Some(&pair), "http/1.1"))
    };
    let (revoked, good) = (agent(7), agent(8));
    assert!(who(&world, &revoked).await.is_err());
    assert_eq!(who(&world, &good).await.unwrap().0, 200);
    // What is no list changes nothing; another list counts for new connections.
    files.with("lists.pem", "garbage");
    assert!(who(&world, &revoked).await.is_err());
    files.with("lists.pem", &authority.revocations(&[8], 2100));
    bounded("the new list", async { while who(&world, &good).await.is_ok() {} }).await;
    assert_eq!(who(&world, &revoked).await.unwrap().0, 200);
    // An overdue one tells nothing, and so does that of somebody else: nobody is let in.
    for list in [authority.revocations(&[], 2021), Authority::new().revocations(&[], 2100)] {
        files.with("lists.pem", &list);
        bounded("the new list", async { while who(&world, &revoked).await.is_ok() {} }).await;
        assert!(who(&world, &good).await.is_err());
    }
    world.stop().await;

    let started = start(tls(&files).client_revocations(&lists), agents()).await;
    assert!(started.unwrap_err().to_string().contains("client_certificates"));
    let authorities = files.with("clients.pem", &authority.pem);
    for bad in ["", "-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n"] {
        let tls = tls(&files).client_certificates(&authorities);
        let tls = tls.client_revocations(files.with("bad", bad));
        let error = start(tls, agents()).await.unwrap_err().to_string();
        assert!(error.contains("revocation lists") && error.contains("help:"), "{error}");
    }
}

#[tokio::test]
async fn a_certificate_of_the_operator_lets_in_nobody_without_one() {
    let authority = Authority::new();
    let files = Files::new(&authority.server());
    let authorities = files.with("clients.pem", &authority.pem);
    let lists = files.with("lists.pem", &authority.revocations(&[7], 2100));
    let renewed = Files::new(&authority.server());
    let (certificate, key) = (renewed.certificate(), renewed.key());
    let text = format!("[tls]\ncertificate = {certificate:?}\nkey = {key:?}\n");
    let settings = Settings::read(Some(&files.with("settings.toml", &text))).unwrap();
    let (server, traces) = tools();
    let asks = tls(&files).client_certificates(authorities).client_revocations(lists);
    let users = DevelopmentUsers::new().user("alice", &[], &[]);
    let server = server.tls(asks).callers(users).settings(settings).unwrap();
    let world = World::run(server.bind_http(([127, 0, 0, 1], 0).into()).await.unwrap(), traces);
    let agent = |number| {
        let pair = authority.numbered(uri("spiffe://example.org/indexer"), number);
        Arc::new(client(&[&authority], Some(&pair), "http/1.1"))
    };
    let stranger = Arc::new(client(&[&authority], None, "http/1.1"));
    assert!(who(&world, &stranger).await.is_err(), "although it has a token");
    assert!(who(&world, &agent(7)).await.is_err(), "it was revoked");
    assert_eq!(who(&world, &agent(8)).await.unwrap().1, "alice 127.0.0.1");
    world.stop().await;
}

#[tokio::test]
async fn certificates_can_be_left_out_where_they_are_optional_and_come_in_their_order() {
    let authority = Authority::new();
    let files = Files::new(&authority.server());
    let users = || DevelopmentUsers::new().user("alice", &[], &[]);
    let (by_token, by_certificate) =
        ("alice 127.0.0.1", "cert:spiffe://example.org/indexer 127.0.0.1");
    for (callers, by_both) in [
        (Callers::from(agents()).or(users()), by_certificate),
        (Callers::from(users()).or(agents()), by_token),
    ] {
        let (server, traces) = tools();
        let authorities = files.with("clients.pem", &authority.pem);
        let tls = tls(&files).optional_client_certificates(authorities);
        let server = server.tls(tls).callers(callers);
        let server = server.bind_http(([127, 0, 0, 1], 0).into()).await.unwrap();
        let world = World::run(server, traces);
        let said = async |pair: Option<&Pair>| {
            let config = Arc::new(client(&[&authority], pair, "http/1.1"));
            who(&world, &config).await.unwrap().1
        };
        assert_eq!(said(None).await, by_token);
        let known = authority.client(vec![uri("spiffe://example.org/indexer")]);
        assert_eq!(said(Some(&known)).await, by_both);
        let unknown = authority.client(vec![uri("spiffe://example.org/other")]);
        assert_eq!(said(Some(&unknown)).await, by_token);
        world.stop().await;
    }
}

#[tokio::test]
async fn certificates_have_to_be_asked_for() {
    let authority = Authority::new();
    let files = Files::new(&authority.server());
    let error = start(tls(&files), agents()).await.unwrap_err().to_string();
    assert!(error.contains("client_certificates"), "{error}");
    let (server, _) = tools();
    let error = server.callers(agents()).bind_http(([127, 0, 0, 1], 0).into()).await.unwrap_err();
    assert!(error.to_string().contains("client_certificates"), "{error}");
    let authorities = files.with("clients.pem", &authority.pem);
    let nobody = ClientCertificates::new();
    let error = start(tls(&files).client_certificates(authorities), nobody).await.unwrap_err();
    assert!(error.to_string().contains("no client certificate"), "{error}");
}
