use std::process::Command;
use std::time::{Duration, Instant};

use reqwest::dns::Resolve;

use super::super::resolver::{NotPublic, Resolver};
use super::super::{FetchError, Fetcher, SafeUrl};
use super::server::Server;
use crate::PublicError;

fn answer(path: &str) -> Vec<u8> {
    let (status, headers, body) = match path {
        "/ten" => ("200 OK", "content-type: Text/HTML; charset=x\r\n".into(), "0123456789"),
        "/odd" => ("200 OK", "content-type: a b\r\n".into(), "caf\u{e9}"),
        "/absent" => ("404 Not Found", String::new(), "no"),
        "/lost" => ("302 Found", String::new(), "no location"),
        "/loop" => ("302 Found", "location: /loop\r\n".into(), ""),
        "/to-http" => ("301 Moved", "location: http://good.example/ten\r\n".into(), ""),
        "/to-loopback" => ("302 Found", "location: https://127.0.0.1/ten\r\n".into(), ""),
        "/to-number" => ("302 Found", "location: https://0x7f.1/ten\r\n".into(), ""),
        "/to-file" => ("302 Found", "location: file:///etc/passwd\r\n".into(), ""),
        "/to-port" => ("302 Found", "location: https://good.example:22/\r\n".into(), ""),
        "/to-inner" => ("307 Temporary", "location: https://inner.example/\r\n".into(), ""),
        "/to-ten" => ("303 See Other", "location: ten\r\n".into(), ""),
        path => match path.strip_prefix("/count-") {
            Some("0") => ("302 Found", "location: /ten\r\n".into(), ""),
            Some(count) => {
                let left = count.parse::<u8>().unwrap() - 1;
                ("302 Found", format!("location: /count-{left}\r\n"), "")
            }
            None => ("200 OK", String::new(), "?"),
        },
    };
    let length = body.len();
    format!("HTTP/1.1 {status}\r\n{headers}content-length: {length}\r\n\r\n{body}").into()
}

#[track_caller]
fn refused<T: std::fmt::Debug>(result: Result<T, FetchError>) -> &'static str {
    let error = result.unwrap_err();
    assert_eq!(error.public(), Some("That address cannot be fetched."));
    match error {
        FetchError::Refused(what) => what,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_page_comes_whole() {
    let server = Server::start(answer).await;
    let page = server.get("/ten").await.unwrap();
    assert_eq!((page.status, page.media_type.as_deref()), (200, Some("text/html")));
    assert_eq!(page.url, server.url("good.example", "/ten"));
    assert_eq!(page.clone().text().unwrap(), "0123456789");
    let untrusted = page.untrusted_text().unwrap();
    assert_eq!(untrusted.source(), "a web page");
    assert_eq!(untrusted.trust_unchecked(), "0123456789");
    let page = server.get("/odd").await.unwrap();
    assert_eq!(page.media_type, None);
    assert_eq!(server.get("/absent").await.unwrap().status, 404);
    assert_eq!(server.get("/lost").await.unwrap().status, 302);
}

/// All that is sent: nothing of a caller, and no `Referer` after a redirect.
#[tokio::test]
async fn nothing_of_the_call_goes_along() {
    let server = Server::start(answer).await;
    server.get("/to-ten").await.unwrap();
    let requests = server.requests();
    assert_eq!(requests.len(), 2);
    for (request, path) in requests.iter().zip(["/to-ten", "/ten"]) {
        let mut lines: Vec<_> = request.trim_end().split("\r\n").collect();
        lines.sort_unstable();
        let host = format!("host: good.example:{}", server.port);
        let agent = concat!("user-agent: secure-tool/", env!("CARGO_PKG_VERSION"));
        assert_eq!(lines, [&format!("GET {path} HTTP/1.1"), "accept: */*", &host, agent]);
    }
}

#[tokio::test]
async fn names_are_judged_by_where_they_lead() {
    let server = Server::start(answer).await;
    let fetcher = server.fetcher();
    for (host, why) in [
        ("inner.example", "private use"),
        ("mixed.example", "private use"),
        ("metadata.example", "link local"),
    ] {
        assert_eq!(refused(fetcher.get(&server.url(host, "/ten")).await), why, "{host}");
    }
    let nowhere = fetcher.get(&server.url("nowhere.example", "/ten")).await.unwrap_err();
    assert_eq!(nowhere.public(), Some("That address cannot be fetched."));
    assert!(server.requests().is_empty());
}

/// The name leads elsewhere at the second look. There is none.
#[tokio::test]
async fn a_name_is_looked_up_once_for_a_connection() {
    let server = Server::start(answer).await;
    let fetcher = server.fetcher();
    let url = server.url("rebind.example", "/ten");
    assert_eq!(fetcher.get(&url).await.unwrap().body, b"0123456789");
    assert_eq!(server.lookups(), ["rebind.example"]);
    // The server closed the connection: the next one begins anew.
    assert_eq!(refused(fetcher.get(&url).await), "loopback");
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn redirects_are_judged_one_by_one() {
    let server = Server::start(answer).await;
    assert_eq!(server.get("/to-ten").await.unwrap().url, server.url("good.example", "/ten"));
    for (path, why) in [
        ("/to-http", "redirect"),
        ("/to-loopback", "redirect"),
        ("/to-number", "redirect"),
        ("/to-file", "redirect"),
        ("/to-port", "port"),
    ] {
        assert_eq!(refused(server.get(path).await), why, "{path}");
    }
    let fetcher = server.fetcher().port(443);
    let url = server.url("good.example", "/to-inner");
    assert_eq!(refused(fetcher.get(&url).await), "private use");
    let fetcher = server.fetcher_to(&["good.example"]).port(443);
    assert_eq!(refused(fetcher.get(&url).await), "host");
}

#[tokio::test]
async fn redirects_are_counted() {
    let server = Server::start(answer).await;
    let fetcher = server.fetcher().max_redirects(3);
    let get = async |path| fetcher.get(&server.url("good.example", path)).await;
    assert_eq!(get("/count-2").await.unwrap().body, b"0123456789");
    assert!(matches!(get("/count-3").await, Err(FetchError::TooManyRedirects)));
    assert!(matches!(get("/loop").await, Err(FetchError::TooManyRedirects)));
    let fetcher = server.fetcher().max_redirects(0);
    assert!(fetcher.get(&server.url("good.example", "/ten")).await.is_ok());
}

#[tokio::test]
async fn hosts_and_ports_have_to_be_allowed() {
    let server = Server::start(answer).await;
    let fetcher = server.fetcher_to(&["good.example"]);
    assert!(fetcher.get(&server.url("good.example", "/ten")).await.is_ok());
    assert_eq!(refused(fetcher.get(&server.url("other.example", "/ten")).await), "host");
    let other = SafeUrl::try_from("https://good.example:1/").unwrap();
    assert_eq!(refused(fetcher.get(&other).await), "port");
    let below = SafeUrl::try_from("https://a.good.example/").unwrap();
    assert_eq!(refused(fetcher.get(&below).await), "host");
}

#[tokio::test]
async fn bodies_and_time_are_bounded() {
    let server = Server::start(answer).await;
    let url = |path| server.url("good.example", path);
    let fetcher = server.fetcher().max_body(10);
    assert_eq!(fetcher.get(&url("/ten")).await.unwrap().body.len(), 10);
    let fetcher = server.fetcher().max_body(9);
    assert!(matches!(fetcher.get(&url("/ten")).await, Err(FetchError::TooLarge)));
    let fetcher = server.fetcher().max_body(1 << 20);
    assert!(matches!(fetcher.get(&url("/endless")).await, Err(FetchError::TooLarge)));
    let fetcher = server.fetcher().timeout(Duration::from_millis(300));
    let started = Instant::now();
    assert!(matches!(fetcher.get(&url("/silent")).await, Err(FetchError::TimedOut)));
    assert!(started.elapsed() < Duration::from_secs(5));
}

/// What the public constructors resolve with: loopback is for these tests alone.
#[tokio::test]
async fn the_system_resolver_does_not_lead_to_loopback() {
    let found = Resolver::system().resolve("localhost".parse().unwrap()).await;
    let Err(error) = found else { panic!("localhost was resolved") };
    assert!(error.is::<NotPublic>(), "{error}");
}

#[test]
fn configured_hosts_have_to_be_names() {
    assert!(Fetcher::to_hosts(["EXAMPLE.com", "bücher.example"]).is_ok());
    for host in ["", "localhost", "10.0.0.1", "example.com/", "example.com:443", "a@example.com"] {
        assert!(Fetcher::to_hosts([host]).is_err(), "{host}");
    }
    for host in ["*.example.com/x", "https://example.com", "example.com.", "exa mple.com"] {
        assert!(Fetcher::to_hosts([host]).is_err(), "{host}");
    }
}

const CHILD: &str = "SECURE_TOOL_TEST_PROXIED";

/// Not a test: what `no_proxy_of_the_environment_is_used` runs.
#[tokio::test]
#[ignore = "runs in a process of its own"]
async fn proxied() {
    if std::env::var_os(CHILD).is_some() {
        let server = Server::start(answer).await;
        assert_eq!(server.get("/ten").await.unwrap().body, b"0123456789");
    }
}

#[test]
fn no_proxy_of_the_environment_is_used() {
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--ignored", "--exact", "resource::fetch::tests::fetching::proxied"]);
    for name in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "HTTP_PROXY"] {
        child.env(name, "http://127.0.0.1:9");
    }
    let output = child.env(CHILD, "1").output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
}
