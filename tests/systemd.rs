//! A service that systemd starts: it takes the socket that it is passed, and tells when it is ready
//! and when it stops. The test is systemd.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)]

mod support;

use std::net::TcpListener;
use std::os::unix::net::UnixDatagram;
use std::process::{Command, Stdio};

use serde_json::json;
use support::http::Request;
use support::process::{HttpProcess, clean, example};
use support::{PATIENCE, call};

/// Runs a program with the socket as its descriptor 3, told by the variables of `sd_listen_fds(3)`.
fn activated(socket: TcpListener, sockets: u32) -> Command {
    let mut command = clean("sh");
    command
        .arg("-c")
        .arg(r#"exec 3<&0 </dev/null; LISTEN_PID=$$ exec "$0" "$@""#)
        .arg(example("notes"))
        .env("LISTEN_FDS", sockets.to_string())
        .stdin(Stdio::from(std::os::fd::OwnedFd::from(socket)));
    command
}

fn heard(socket: &UnixDatagram) -> String {
    let mut text = [0; 100];
    let length = socket.recv(&mut text).unwrap();
    String::from_utf8(text[..length].to_vec()).unwrap()
}

#[test]
fn a_socket_of_systemds_is_served() {
    let directory = tempfile::tempdir().unwrap();
    let notify = directory.path().join("notify");
    let word = UnixDatagram::bind(&notify).unwrap();
    word.set_read_timeout(Some(PATIENCE)).unwrap();
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();
    let mut command = activated(socket, 1);
    command.env("NOTIFY_SOCKET", &notify);
    let server = HttpProcess::start_on(command, "systemd", &[]);
    assert_eq!(heard(&word), "READY=1\n");
    assert_eq!(server.address(), address.to_string());
    let answer = Request::post(&server, "bob", call(1, "list_notes", json!({}))).send(&server);
    assert_eq!(answer.json()["result"]["isError"], false, "{answer:?}");
    server.terminate();
    assert_eq!(heard(&word), "STOPPING=1\n");
}

#[test]
fn there_has_to_be_one_socket_for_tcp() {
    let directory = tempfile::tempdir().unwrap();
    for (sockets, loopback, told) in
        [(0, true, "passed 0"), (2, true, "passed 2"), (1, false, "loopback only")]
    {
        let address = if loopback { "127.0.0.1:0" } else { "0.0.0.0:0" };
        let output = activated(TcpListener::bind(address).unwrap(), sockets)
            .args(["serve", "--http", "systemd", "--audit-file"])
            .arg(directory.path().join(format!("audit-{sockets}.jsonl")))
            .output()
            .unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{stderr}");
        assert!(stderr.contains(told) && stderr.contains("help:"), "{stderr}");
    }
}
