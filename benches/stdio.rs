//! Calls a second that a server in a process of its own answers over pipes: ours, and rmcp with both
//! of its ways to use them.
//!
//! ```text
//! cargo bench --bench stdio            # 5 rounds of 2 s each
//! cargo bench --bench stdio -- 3 1     # 3 rounds of 1 s
//! ```
//!
//! The client writes raw lines. It keeps 32 to 64 calls in flight and sends new ones in one write, so
//! that it has less to do than any of the servers. Where `taskset` is at hand, client and
//! server have one core each; the server's runtime has one thread. The protocol is 2025-11-25, which
//! needs no metadata in each request.

#[allow(dead_code, reason = "one size is enough")]
#[path = "servers/bare.rs"]
mod bare;
#[allow(dead_code, reason = "one size is enough")]
#[path = "servers/ours.rs"]
mod ours;
#[allow(dead_code, reason = "the other benchmarks use more of it")]
#[path = "servers/tools.rs"]
mod tools;

use std::env;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use rmcp::service::ServiceExt;
use rmcp::transport::{stdio, stdio_pipes};
use secure_tool_runtime::audit::Audit;
use secure_tool_runtime::prelude::*;
use secure_tool_runtime::server::CallerVariables;
use tokio_util::sync::CancellationToken;

/// The most calls in flight.
const IN_FLIGHT: u64 = 64;

/// Calls in flight at which new ones are sent.
const REFILL: u64 = 32;

/// What tells a child which server it is.
const SERVER: &str = "STDIO_BENCH_SERVER";
/// Where the child writes its audit log, if it is to.
const AUDIT: &str = "STDIO_BENCH_AUDIT";

const SERVERS: [(&str, &str); 4] = [
    ("ours", "ours, audit events only"),
    ("ours-file", "ours, audit file"),
    ("rmcp-stdio", "bare rmcp, cached router, stdio()"),
    ("rmcp-pipes", "bare rmcp, cached router, stdio_pipes()"),
];

fn main() {
    if let Ok(server) = env::var(SERVER) {
        return serve(&server);
    }
    let mut numbers = env::args().skip(1).filter_map(|argument| argument.parse::<u64>().ok());
    let rounds = numbers.next().unwrap_or(5);
    let time = Duration::from_secs(numbers.next().unwrap_or(2));
    let pinned = pin_myself();
    say(&format!(
        "{REFILL} to {IN_FLIGHT} calls in flight, {rounds} rounds of {time:?}, {}",
        if pinned { "one core each" } else { "not pinned" }
    ));

    let mut rates = vec![Vec::new(); SERVERS.len()];
    // In turns, so that what else the machine does meets all of them.
    for _ in 0..rounds {
        for ((server, _), rates) in SERVERS.iter().zip(&mut rates) {
            rates.push(measure(server, time, pinned));
        }
    }
    for ((_, name), rates) in SERVERS.iter().zip(&mut rates) {
        rates.sort_by(f64::total_cmp);
        let (least, most) = (rates[0], rates[rates.len() - 1]);
        say(&format!(
            "{name:42} {:>8.0} calls/s   ({least:.0} to {most:.0})",
            rates[rates.len() / 2]
        ));
    }
}

#[expect(clippy::print_stdout, reason = "this is what the benchmark is for")]
fn say(line: &str) {
    println!("{line}");
}

/// Moves this process to the first core. False where that cannot be done.
fn pin_myself() -> bool {
    let pid = std::process::id().to_string();
    let done = Command::new("taskset").args(["-pc", "0", &pid]).stdout(Stdio::null()).status();
    done.is_ok_and(|status| status.success())
}

/// Calls a second of one server, which is started for it.
fn measure(server: &str, time: Duration, pinned: bool) -> f64 {
    let directory = tempfile::tempdir().expect("there is a temporary directory");
    let mut client = Client::start(server, pinned, directory.path());
    client.begin();
    // Until caches, allocators and the audit thread are warm.
    client.run(Duration::from_millis(300));
    let (calls, took) = client.run(time);
    client.end();
    calls as f64 / took.as_secs_f64()
}

struct Client {
    child: Child,
    requests: ChildStdin,
    answers: BufReader<ChildStdout>,
    next: u64,
    batch: Vec<u8>,
}

impl Client {
    fn start(server: &str, pinned: bool, directory: &Path) -> Self {
        let this = env::current_exe().expect("it has a path");
        let mut command = match pinned {
            true => Command::new("taskset"),
            false => Command::new(&this),
        };
        if pinned {
            command.args(["-c", "1"]).arg(&this);
        }
        command.env(SERVER, server).stdin(Stdio::piped()).stdout(Stdio::piped());
        if server == "ours-file" {
            command.env(AUDIT, directory.join("audit.jsonl"));
        }
        let mut child = command.spawn().expect("the server starts");
        let requests = child.stdin.take().expect("it is piped");
        let answers = BufReader::with_capacity(1 << 16, child.stdout.take().expect("it is piped"));
        Client { child, requests, answers, next: 1, batch: Vec::new() }
    }

    fn begin(&mut self) {
        let hello = concat!(
            r#"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","#,
            r#""capabilities":{},"clientInfo":{"name":"bench","version":"1"}}}"#,
            "\n"
        );
        self.requests.write_all(hello.as_bytes()).expect("the server reads");
        let mut answer = String::new();
        self.answers.read_line(&mut answer).expect("the server answers");
        assert!(answer.contains("2025-11-25"), "{answer}");
        let ready = concat!(r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#, "\n");
        self.requests.write_all(ready.as_bytes()).expect("the server reads");
    }

    /// Keeps calls in flight for that time, then takes the rest of the answers.
    fn run(&mut self, time: Duration) -> (u64, Duration) {
        let started = Instant::now();
        self.send(IN_FLIGHT);
        let (mut answered, mut in_flight) = (0, IN_FLIGHT);
        while in_flight > 0 {
            let received = self.receive();
            answered += received;
            in_flight -= received;
            if in_flight <= REFILL && started.elapsed() < time {
                self.send(IN_FLIGHT - in_flight);
                in_flight = IN_FLIGHT;
            }
        }
        (answered, started.elapsed())
    }

    fn send(&mut self, calls: u64) {
        self.batch.clear();
        for id in self.next..self.next + calls {
            writeln!(
                self.batch,
                r#"{{"jsonrpc":"2.0","id":{id},"method":"tools/call","params":{{"name":"{}","arguments":{{"title":"Remember the milk","copies":3,"priority":"normal"}}}}}}"#,
                tools::CALLED
            )
            .expect("memory takes everything");
        }
        self.next += calls;
        self.requests.write_all(&self.batch).expect("the server reads");
    }

    /// All answers that are there, at least one. Each has to be the note.
    fn receive(&mut self) -> u64 {
        let mut received = 0;
        let mut line = Vec::new();
        loop {
            line.clear();
            self.answers.read_until(b'\n', &mut line).expect("the server answers");
            let served = memchr::memmem::find(&line, b"structuredContent").is_some();
            assert!(served, "{}", String::from_utf8_lossy(&line));
            received += 1;
            if !self.answers.buffer().contains(&b'\n') {
                return received;
            }
        }
    }

    fn end(self) {
        let Client { mut child, requests, mut answers, .. } = self;
        drop(requests);
        let mut rest = Vec::new();
        answers.read_to_end(&mut rest).expect("the server closes its end");
        let status = child.wait().expect("the server ends");
        assert!(status.success() && rest.is_empty(), "{status}");
    }
}

/// The child's part.
fn serve(server: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime starts").block_on(async {
        match server {
            "ours" | "ours-file" => serve_ours().await,
            "rmcp-stdio" => serve_bare(stdio()).await,
            "rmcp-pipes" => serve_bare(stdio_pipes()).await,
            _ => unreachable!("the parent knows all servers"),
        }
    });
}

async fn serve_ours() {
    let caller = LocalCaller::from_variables(CallerVariables {
        caller: Some("ada".to_owned()),
        scopes: Some(tools::SCOPE.to_owned()),
        roles: None,
    });
    let audit = match env::var_os(AUDIT) {
        Some(file) => Audit::builder().file(file).start(),
        None => Audit::builder().start(),
    };
    let server = Server::new(ours::ten::tools()).callers(caller);
    let server = server.audit(audit.expect("the audit log starts"));
    server.serve_stdio(CancellationToken::new()).await.expect("it is served");
}

async fn serve_bare<R, W>((input, output): (R, W))
where
    R: tokio::io::AsyncRead + Send + Unpin + 'static,
    W: tokio::io::AsyncWrite + Send + Unpin + 'static,
{
    let running = bare::ten::cached().serve((input, output)).await.expect("the client begins");
    running.waiting().await.expect("it is served");
}
