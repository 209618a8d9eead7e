//! Requests to where no client may send a server. A listener on loopback hears of none of them.

use std::net::TcpListener;

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
    let mut urls: Vec<String> =
        hosts.iter().map(|host| format!("https://{host}:{port}/")).collect();
    urls.extend(hosts.iter().map(|host| format!("https://{host}/latest/meta-data/")));
    urls.extend([
        format!("http://127.0.0.1:{port}/"),
        format!("https://user:password@127.0.0.1:{port}/"),
        format!("https://example.com@127.0.0.1:{port}/"),
        format!("https://127.0.0.1:{port}#@example.com/"),
        format!("https://①②⑦.0.0.1:{port}/"),
        "file:///etc/passwd".to_owned(),
        "gopher://127.0.0.1:6379/_FLUSHALL".to_owned(),
        "data:text/plain,hello".to_owned(),
        "https://".to_owned(),
    ]);
    // Ten a minute: several servers.
    for urls in urls.chunks(8) {
        let world = World::new();
        for url in urls {
            world.refused("fetch", json!({ "url": url }));
        }
    }
    let heard = listener.accept().map(|_| ()).unwrap_err();
    assert_eq!(heard.kind(), std::io::ErrorKind::WouldBlock, "somebody was asked");
}
