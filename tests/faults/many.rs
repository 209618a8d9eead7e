//! As many idle connections as a server has places for by default, and what they take.

use std::fs;
use std::net::SocketAddr;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde_json::json;
use tokio::net::TcpStream;

use crate::child;
use crate::clients::{Client, Wire};
use crate::support::process::HttpProcess;
use crate::support::{call, eventually};

/// The default of `HttpLimits::connections`.
const MANY: usize = 10_000;

/// Half of the files of a process are for connections.
const FILES: u64 = 2 * MANY as u64;

/// The most that one of them may take of the server, in bytes.
const EACH: usize = 20 << 10;

/// The most that each may leave behind when it is closed, in bytes: less than any buffer. Heaps settle slowly.
const LEFT: usize = 1 << 10;

/// Lets this process, and those that it starts, open as many files as the system allows. Where these are too
/// few, the test is skipped and says so; in the gate it fails.
fn may_open_files() -> bool {
    let limit = getrlimit(Resource::Nofile);
    let most = limit.maximum.unwrap_or(u64::MAX);
    if most < FILES {
        let skipped = format!("skipped: {FILES} open files are needed, and {most} are allowed");
        assert!(std::env::var_os("CI").is_none(), "{skipped}");
        eprintln!("{skipped}");
        return false;
    }
    let enough = Rlimit { current: Some(FILES.max(limit.current.unwrap_or(FILES))), ..limit };
    setrlimit(Resource::Nofile, enough).unwrap();
    true
}

/// A server, seen from outside.
struct Seen {
    server: HttpProcess,
    address: SocketAddr,
}

impl Seen {
    fn files(&self) -> usize {
        fs::read_dir(format!("/proc/{}/fd", self.server.id())).unwrap().count()
    }

    /// In bytes.
    fn memory(&self) -> usize {
        let path = format!("/proc/{}/status", self.server.id());
        let status = fs::read_to_string(path).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        let kilobytes: usize = line.trim().strip_suffix(" kB").unwrap().parse().unwrap();
        kilobytes << 10
    }

    async fn has_files(&self, files: usize) {
        eventually(&format!("{files} open files"), || (self.files() == files).then_some(())).await;
    }

    /// From one of many addresses of loopback: each has a number of places.
    async fn connect(&self, number: usize) -> Wire<TcpStream> {
        let from = [127, 0, 1, u8::try_from(number % 100).unwrap()];
        Wire::connect_from(from.into(), self.address).await
    }

    async fn served(&self, wire: Wire<TcpStream>) -> Wire<TcpStream> {
        let mut client = Client::new(wire, self.server.token("alice"));
        let answer = client.post(&call(1, "who", json!({}))).await;
        assert_eq!(answer.result()["isError"], false, "{answer:?}");
        client.wire
    }

    /// Idle connections: most of them say nothing, and some were served.
    async fn many(&self) -> Vec<Wire<TcpStream>> {
        let files = self.files();
        let mut idle = Vec::with_capacity(MANY);
        for number in 0..MANY {
            let wire = self.connect(number).await;
            idle.push(if number % 20 == 0 { self.served(wire).await } else { wire });
            // The queue of the listener is short, and who finds it full waits for a second.
            if idle.len() % 500 == 0 {
                self.has_files(files + idle.len()).await;
            }
        }
        idle
    }
}

#[tokio::test]
async fn ten_thousand_idle_connections_take_little_and_leave_nothing() {
    if !may_open_files() {
        return;
    }
    let server = child::start(&[]).await;
    let address = server.address().parse().unwrap();
    let seen = Seen { server, address };
    // What is made for the first call stays.
    let first = seen.served(seen.connect(0).await).await;
    let files = seen.files() - 1;
    drop(first);
    seen.has_files(files).await;
    let mut memory = vec![seen.memory()];
    for _ in 0..2 {
        let mut idle = seen.many().await;
        let each = seen.memory().saturating_sub(memory[0]) / MANY;
        eprintln!("{MANY} idle connections: {each} bytes each");
        assert!(each < EACH, "{each} bytes for each connection");
        // One more is closed at once, and those who are in are served.
        seen.connect(MANY).await.ends().await;
        let wire = idle.pop().unwrap();
        drop(seen.served(wire).await);
        seen.has_files(files + MANY - 1).await;
        idle.push(seen.served(seen.connect(MANY).await).await);
        drop(idle);
        seen.has_files(files).await;
        memory.push(seen.memory());
    }
    // The allocator keeps what it has once got; but it gets no more.
    let grown = memory[2].saturating_sub(memory[1]) / MANY;
    assert!(grown < LEFT, "{memory:?}");
    assert_eq!(seen.files(), files);
}
