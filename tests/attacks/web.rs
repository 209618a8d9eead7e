//! Requests to where no client may send a server. A listener on loopback, on a port that the server may fetch
//! from, hears of none of them.

use std::net::TcpListener;
use std::process::Command;

use serde_json::json;

use crate::world::World;

#[test]
fn nothing_inside_is_asked() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let port = listener.local_addr().unwrap().port();
    let hosts = [
        "127.0.0.1",
        "localhost",
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "0177.0.0.1",
        "127.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "0.0.0.0",
        "[::]",
        "169.254.169.254",
        "[fd00:ec2::254]",
        "metadata.google.internal",
        "10.0.0.1",
        "192.168.0.1",
        "100.64.0.1",
    ];
    // Each with the rule that refuses it: no other one has to.
    let inside = "must be of a host on the public internet";
    let (scheme, user) = ("must begin with `https://`", "must not contain a user name or password");
    let mut urls: Vec<(String, &str)> =
        hosts.iter().map(|host| (format!("https://{host}:{port}/"), inside)).collect();
    urls.extend(hosts.iter().map(|host| (format!("https://{host}/latest/meta-data/"), inside)));
    urls.extend([
        (format!("http://127.0.0.1:{port}/"), scheme),
        (format!("https://user:password@127.0.0.1:{port}/"), user),
        (format!("https://example.com@127.0.0.1:{port}/"), user),
        (format!("https://127.0.0.1:{port}#@example.com/"), "must not contain a fragment"),
        (format!("https://①②⑦.0.0.1:{port}/"), inside),
        ("file:///etc/passwd".to_owned(), scheme),
        ("gopher://127.0.0.1:6379/_FLUSHALL".to_owned(), scheme),
        ("data:text/plain,hello".to_owned(), scheme),
        ("https://".to_owned(), "must be a valid URL"),
    ]);
    // Ten a minute: several servers.
    for urls in urls.chunks(8) {
        let open = |command: &mut Command| {
            command.env("WORKBENCH_PORT", port.to_string());
        };
        let world = World::started(|_| (), open);
        for (url, rule) in urls {
            world.refused_as_input("fetch", json!({ "url": url }), rule);
        }
    }
    let heard = listener.accept().map(|_| ()).unwrap_err();
    assert_eq!(heard.kind(), std::io::ErrorKind::WouldBlock, "somebody was asked");
}
