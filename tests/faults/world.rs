//! A server in this process, whose connections can be counted.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use secrecy::ExposeSecret;
use secure_tool_runtime::audit::{Audit, MemoryLog};
use secure_tool_runtime::prelude::*;
use secure_tool_runtime::server::{Connections, HttpLimits, HttpServer};
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::clients::{Answer, Client, Wire};
use crate::support::{bounded, call, eventually};

/// So short is the time that is tested. Others are long, so that it is this one that ends it.
pub const SHORT: Duration = Duration::from_millis(300);

/// Tools to call.
struct Tools {
    running: Arc<AtomicUsize>,
}

#[secure_tools]
impl Tools {
    /// Say who calls, and from where.
    #[secure_tool(public = "a test", effect = read, rate = "60000/min")]
    async fn who(&self, caller: &Caller) -> String {
        let address = caller.address().map(|address| address.to_string()).unwrap_or_default();
        format!("{} {address}", caller.subject())
    }

    /// Give a large answer.
    #[secure_tool(public = "a test", effect = read, rate = "60000/min")]
    async fn large(&self) -> String {
        "x".repeat(900_000)
    }

    /// Take a while.
    #[secure_tool(public = "a test", effect = read, timeout = "1h")]
    async fn slow(
        &self,
        /// How long, in milliseconds.
        #[validate(range(min = 0, max = 3_600_000))]
        milliseconds: u32,
    ) -> &'static str {
        let _running = Running::new(&self.running);
        tokio::time::sleep(Duration::from_millis(milliseconds.into())).await;
        "done"
    }
}

/// Counts a call of `slow` while it is running.
struct Running(Arc<AtomicUsize>);

impl Running {
    fn new(count: &Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, Ordering::SeqCst);
        Running(Arc::clone(count))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// What can be seen of the tools from outside.
pub struct Traces {
    pub log: MemoryLog,
    running: Arc<AtomicUsize>,
}

impl Traces {
    /// Waits until so many calls of `slow` are running.
    pub async fn running(&self, calls: usize) {
        let running = || self.running.load(Ordering::SeqCst);
        eventually("a call", || (running() == calls).then_some(())).await;
    }
}

/// The tools, without callers.
pub fn tools() -> (Server, Traces) {
    let (audit, log) = Audit::memory(200_000);
    let running = Arc::new(AtomicUsize::new(0));
    let tools = Tools { running: Arc::clone(&running) };
    (Server::new(tools).audit(audit), Traces { log, running })
}

/// The same, whose records go where the command line says.
pub fn unaudited() -> Server {
    Server::new(Tools { running: Arc::default() })
}

/// Limits that are far away.
pub fn limits() -> HttpLimits {
    let mut limits = HttpLimits::default();
    let long = Duration::from_secs(3600);
    limits.connections_per_address = 5000;
    limits.handshake_time = long;
    limits.header_time = long;
    limits.body_time = long;
    limits.idle_time = long;
    limits.write_time = long;
    limits
}

/// A server that runs.
pub struct World {
    pub address: SocketAddr,
    pub token: String,
    pub connections: Connections,
    pub shutdown: CancellationToken,
    pub traces: Traces,
    run: JoinHandle<()>,
}

impl World {
    /// With development users.
    pub async fn new(limits: HttpLimits) -> Self {
        Self::with(limits, |server| server).await
    }

    pub async fn with(limits: HttpLimits, options: impl FnOnce(Server) -> Server) -> Self {
        let (server, traces) = tools();
        let users = DevelopmentUsers::new().user("alice", &[], &[]);
        let server = options(server).http_limits(limits).callers(users);
        Self::run(server.bind_http(([127, 0, 0, 1], 0).into()).await.unwrap(), traces)
    }

    pub fn run(server: HttpServer, traces: Traces) -> Self {
        let url = server.url();
        let (_, rest) = url.split_once("://").unwrap();
        let mut address: SocketAddr = rest.strip_suffix("/mcp").unwrap().parse().unwrap();
        if address.ip().is_unspecified() {
            address.set_ip([127, 0, 0, 1].into());
        }
        let token = server.tokens().next().map(|(_, token)| token.expose_secret().to_owned());
        let connections = server.connections();
        let shutdown = CancellationToken::new();
        let stop = shutdown.clone();
        let run = tokio::spawn(async move { server.run(stop).await.unwrap() });
        World { address, token: token.unwrap_or_default(), connections, shutdown, traces, run }
    }

    pub async fn client(&self) -> Client<tokio::net::TcpStream> {
        Client::new(Wire::connect(self.address).await, &self.token)
    }

    /// Serves a new client as if nothing had happened.
    pub async fn serves(&self) {
        let answer = self.client().await.post(&call(1, "who", json!({}))).await;
        assert_eq!(answer.result()["isError"], false, "{answer:?}");
    }

    /// Waits until so many connections are open.
    pub async fn has(&self, open: usize) {
        let what = format!("{open} connections, of {} now", self.connections.open());
        eventually(&what, || (self.connections.open() == open).then_some(())).await;
    }

    /// Serves, and has let go of everything.
    pub async fn stop_well(self) {
        self.serves().await;
        self.has(0).await;
        self.stop().await;
    }

    /// Asks it to stop, and waits until it has.
    pub async fn stop(self) {
        self.shutdown.cancel();
        bounded("the server to stop", self.run).await.unwrap();
        assert_eq!(self.connections.open(), 0);
    }

    /// Waits until it has stopped.
    pub async fn stopped(self) {
        bounded("the server to stop", self.run).await.unwrap();
    }
}

/// The text of a result.
pub fn said(answer: &Answer) -> String {
    answer.result()["content"][0]["text"].as_str().unwrap_or_default().to_owned()
}

/// A call that lasts.
pub fn slow(milliseconds: u32) -> Value {
    call(1, "slow", json!({ "milliseconds": milliseconds }))
}
