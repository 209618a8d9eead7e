//! The client: `wrk`, and what it says.

use std::fmt;
use std::io::Write;
use std::process::{Command, Stdio};
use std::time::Duration;

use rmcp::model::JsonObject;
use serde_json::json;
use tempfile::NamedTempFile;

use crate::child::Child;
use crate::tools::{CALLED, arguments, with_title, with_unknown};

/// True if there is something to measure with.
pub(crate) fn installed() -> bool {
    let mut wrk = Command::new("wrk");
    wrk.arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
}

/// A request that is sent again and again.
pub(crate) struct Load {
    url: String,
    script: NamedTempFile,
}

/// What came of it.
#[derive(Clone)]
pub(crate) struct Figures {
    /// Answers a second.
    pub(crate) rate: f64,
    /// Microseconds of processor time that the server took for one, in all its threads.
    pub(crate) cost: f64,
    /// Time within which 99 of 100 answers came, as `wrk` writes it.
    pub(crate) p99: String,
    /// Answers that were not 200, and connections that broke.
    pub(crate) errors: u64,
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:>7.0} ({:>5.1} µs, {})", self.rate, self.cost, self.p99)
    }
}

impl Load {
    /// A call that is served, for who may call.
    pub(crate) fn call(url: &str, token: &str) -> Self {
        Self::new(url, Some(token), arguments())
    }

    /// The same, on a new connection each.
    pub(crate) fn call_and_close(url: &str, token: &str) -> Self {
        let mut load = Self::call(url, token);
        load.script
            .write_all(b"wrk.headers[\"Connection\"] = \"close\"\n")
            .expect("the disk takes it");
        load
    }

    pub(crate) fn without_token(url: &str) -> Self {
        Self::new(url, None, arguments())
    }

    pub(crate) fn with_title(url: &str, token: &str, bytes: usize) -> Self {
        Self::new(url, Some(token), with_title(bytes))
    }

    pub(crate) fn with_unknown(url: &str, token: &str) -> Self {
        Self::new(url, Some(token), with_unknown())
    }

    fn new(url: &str, token: Option<&str>, arguments: JsonObject) -> Self {
        let body = json!({
            "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {
                "name": CALLED, "arguments": arguments, "_meta": {
                    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
                    "io.modelcontextprotocol/clientCapabilities": {},
                    "io.modelcontextprotocol/clientInfo": { "name": "wrk", "version": "1" },
                },
            },
        });
        let authorization = token.map_or(String::new(), |token| {
            format!("wrk.headers[\"Authorization\"] = \"Bearer {token}\"\n")
        });
        let mut script = NamedTempFile::new().expect("there is a temporary directory");
        // `[==[` quotes: the body is JSON, which has no `]==]`.
        write!(
            script,
            "wrk.method = \"POST\"\n\
             wrk.headers[\"Content-Type\"] = \"application/json\"\n\
             wrk.headers[\"Accept\"] = \"application/json, text/event-stream\"\n\
             wrk.headers[\"MCP-Protocol-Version\"] = \"2026-07-28\"\n\
             wrk.headers[\"Mcp-Method\"] = \"tools/call\"\n\
             wrk.headers[\"Mcp-Name\"] = \"{CALLED}\"\n\
             {authorization}\
             wrk.body = [==[{body}]==]\n"
        )
        .expect("the disk takes it");
        Load { url: url.to_owned(), script }
    }

    /// One thread, as many connections.
    pub(crate) fn run(&self, server: &Child, connections: u32, time: Duration) -> Figures {
        let before = server.cpu_time();
        let output = Command::new("wrk")
            .args(["--threads", "1", "--latency", "--connections", &connections.to_string()])
            .args(["--duration", &format!("{}s", time.as_secs().max(1)), "--script"])
            .arg(self.script.path())
            .arg(&self.url)
            .output()
            .expect("wrk runs");
        let text = String::from_utf8_lossy(&output.stdout);
        let taken = server.cpu_time() - before;
        read(&text, taken).unwrap_or_else(|| panic!("wrk said: {text}"))
    }
}

fn read(text: &str, taken: u64) -> Option<Figures> {
    let after = |label: &str| {
        let line = text.lines().find_map(|line| line.trim().strip_prefix(label))?;
        Some(line.trim().to_owned())
    };
    let refused = after("Non-2xx or 3xx responses:").map_or(Some(0), |n| n.parse().ok())?;
    let broken = after("Socket errors:").map_or(0, |_| 1);
    let answers = text.lines().find_map(|line| line.trim().split_once(" requests in "))?.0;
    Some(Figures {
        cost: taken as f64 / answers.parse::<f64>().ok()?,
        rate: after("Requests/sec:")?.parse().ok()?,
        p99: after("99%")?,
        errors: refused + broken,
    })
}
