//! The servers, each in a process of its own.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::{env, process};

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::serve::ListenerExt;
use rmcp::handler::server::ServerHandler;
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use secure_tool_runtime::audit::Audit;
use secure_tool_runtime::prelude::*;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::issuer::{AUDIENCE, Issuer};
use crate::layer::{Verifier, authenticate};
use crate::{bare, by_hand, ours};

/// What tells a child which server it is.
pub(crate) const SERVER: &str = "HTTP_BENCH_SERVER";
/// What a child needs to know, one variable each.
const ISSUER: &str = "HTTP_BENCH_ISSUER";
const MODULUS: &str = "HTTP_BENCH_MODULUS";
const AUDIT: &str = "HTTP_BENCH_AUDIT";

pub(crate) const SERVERS: [&str; 12] = [
    "rmcp as its README, 10 tools",
    "rmcp as its README, 100 tools",
    "rmcp cached, JSON, 10 tools",
    "rmcp cached, JSON, 100 tools",
    "by hand, 10 tools",
    "by hand, 100 tools",
    "by hand, verdicts, 10 tools",
    "by hand, verdicts, 100 tools",
    "ours, 10 tools",
    "ours, 100 tools",
    "ours with metrics, 10 tools",
    "ours with spans, 10 tools",
];

/// A server that runs, until this is dropped.
pub(crate) struct Child {
    pub(crate) url: String,
    process: process::Child,
    _directory: TempDir,
}

impl Child {
    pub(crate) fn start(server: &str, issuer: &Issuer) -> Self {
        let directory = tempfile::tempdir().expect("there is a temporary directory");
        let mut process = Command::new(env::current_exe().expect("it has a path"))
            .env(SERVER, server)
            .env(ISSUER, &issuer.url)
            .env(MODULUS, &issuer.modulus)
            .env(AUDIT, directory.path().join("audit.jsonl"))
            .stdout(Stdio::piped())
            .spawn()
            .expect("the server starts");
        let mut url = String::new();
        let output = process.stdout.take().expect("it is piped");
        BufReader::new(output).read_line(&mut url).expect("it says where it is");
        Child { url: url.trim().to_owned(), process, _directory: directory }
    }

    /// The most memory that it has had, in KiB.
    pub(crate) fn peak_memory(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.id()));
        let status = status.unwrap_or_default();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        peak.and_then(|peak| peak.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0)
    }
}

impl Child {
    /// Processor time that it has had, in microseconds. Linux counts in hundredths of a second.
    pub(crate) fn cpu_time(&self) -> u64 {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.process.id()));
        let stat = stat.unwrap_or_default();
        // Behind the name, which may hold anything: user and system time are the 12th and 13th.
        let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
        fields.skip(11).take(2).filter_map(|ticks| ticks.parse::<u64>().ok()).sum::<u64>() * 10_000
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        // It has nothing to lose.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The child's part.
pub(crate) fn serve(server: &str) {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.expect("a runtime starts").block_on(async {
        let (kind, size) = server.rsplit_once(", ").expect("the name says the size");
        match (kind, size) {
            ("rmcp as its README", "10 tools") => rmcp(|| bare::ten::Tools, false, None).await,
            ("rmcp as its README", _) => rmcp(|| bare::hundred::Tools, false, None).await,
            ("rmcp cached, JSON", "10 tools") => shared(bare::ten::cached(), None).await,
            ("rmcp cached, JSON", _) => shared(bare::hundred::cached(), None).await,
            ("by hand", "10 tools") => by_expert(by_hand::ten::by_hand(true), false).await,
            ("by hand", _) => by_expert(by_hand::hundred::by_hand(true), false).await,
            ("by hand, verdicts", "10 tools") => by_expert(by_hand::ten::by_hand(true), true).await,
            ("by hand, verdicts", _) => by_expert(by_hand::hundred::by_hand(true), true).await,
            ("ours with spans", _) => {
                let subscriber = by_hand::json_events_to(std::io::sink, "secure_tool");
                tracing::subscriber::set_global_default(subscriber).expect("it is the first");
                by_us(ours::ten::tools(), |server| server).await;
            }
            ("ours with metrics", _) => {
                let metrics = "127.0.0.1:0".parse().expect("an address");
                by_us(ours::ten::tools(), |server| server.metrics(metrics)).await;
            }
            (_, "10 tools") => by_us(ours::ten::tools(), |server| server).await,
            _ => by_us(ours::hundred::tools(), |server| server).await,
        }
    });
}

fn told(name: &str) -> String {
    env::var(name).expect("the parent tells")
}

#[expect(clippy::print_stdout, reason = "this is how the parent learns of it")]
fn listening_at(url: &str) {
    println!("{url}");
}

/// One handler for all requests.
async fn shared<H: ServerHandler>(handler: H, verifier: Option<Verifier>) {
    let handler = Arc::new(handler);
    rmcp(move || Arc::clone(&handler), true, verifier).await;
}

async fn by_expert<S: Send + Sync + 'static>(handler: by_hand::ByHand<S>, cache: bool) {
    let log = Arc::new(File::create(told(AUDIT)).expect("the directory is there"));
    tracing::subscriber::set_global_default(by_hand::json_events_to(log, "audit"))
        .expect("it is the first");
    let verifier = Verifier::new(&told(ISSUER), &told(MODULUS), cache);
    shared(handler, Some(verifier)).await;
}

async fn rmcp<H: ServerHandler>(
    handler: impl Fn() -> H + Send + Sync + 'static,
    json: bool,
    verifier: Option<Verifier>,
) {
    let mut config = StreamableHttpServerConfig::default();
    config.json_response = json;
    config.legacy_session_mode = !json;
    let sessions = Arc::new(LocalSessionManager::default());
    let service = StreamableHttpService::new(move || Ok(handler()), sessions, config);
    let mut router = Router::new().route_service("/mcp", service);
    if let Some(verifier) = verifier {
        router = router.layer(from_fn_with_state(Arc::new(verifier), authenticate));
    }
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("there is a port");
    listening_at(&format!("http://{}/mcp", listener.local_addr().expect("it has an address")));
    let listener = listener.tap_io(|stream| stream.set_nodelay(true).expect("it is open"));
    axum::serve(listener, router).await.expect("it is served");
}

async fn by_us(
    tools: impl Into<ToolSet>,
    options: impl FnOnce(Server<Callers>) -> Server<Callers>,
) {
    let audit = Audit::builder().file(told(AUDIT)).start().expect("the audit log starts");
    let callers = OAuth::issuer(told(ISSUER)).audience(AUDIENCE);
    let server = options(Server::new(tools).audit(audit).callers(callers));
    let server = server.bind_http("127.0.0.1:0".parse().expect("an address")).await;
    let server = server.expect("it starts");
    listening_at(&server.url());
    std::io::stdout().flush().expect("the parent reads");
    server.run(CancellationToken::new()).await.expect("it is served");
}
