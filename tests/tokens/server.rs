//! The server under test, and a client that sends any bytes as a token.

use std::net::SocketAddr;

use secure_tool_runtime::audit::{Audit, MemoryLog};
use secure_tool_runtime::prelude::*;
use secure_tool_runtime::server::StartError;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::support::guarded::Runs;
use crate::support::{bounded, eventually};

struct Tools {
    runs: Runs,
}

#[secure_tools]
impl Tools {
    /// Say who calls.
    #[secure_tool(scope = "notes:read", effect = read, rate = "10000/min")]
    async fn whoami(&self, caller: &Caller) -> String {
        self.runs.count();
        caller.subject().to_string()
    }

    /// Change something.
    #[secure_tool(scope = ["notes:read", "notes:write"], effect = write, rate = "5/min")]
    async fn change(&self) {
        self.runs.count();
    }

    /// What takes more than scopes.
    #[secure_tool(scope = "notes:admin", role = "admin", effect = write)]
    async fn administer(&self) {
        self.runs.count();
    }
}

pub struct TestServer {
    pub address: SocketAddr,
    pub runs: Runs,
    pub log: MemoryLog,
    _stop: DropGuard,
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Answer {
    pub fn header(&self, name: &str) -> &str {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.find(|(key, _)| key.eq_ignore_ascii_case(name)).map_or("", |(_, value)| value)
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("not JSON: {self:?}"))
    }

    /// The text of a result.
    pub fn text(&self) -> String {
        self.json()["result"]["content"][0]["text"].as_str().unwrap_or_default().to_owned()
    }
}

impl TestServer {
    pub async fn start(callers: impl Into<Callers>) -> Self {
        Self::start_with(callers, |server| server).await.unwrap()
    }

    /// As many failures as anybody likes.
    pub async fn lenient(callers: impl Into<Callers>) -> Self {
        let rate = secure_tool_runtime::policy::Rate::new(10_000, 1, 10_000);
        Self::start_with(callers, |server| server.failed_logins(rate)).await.unwrap()
    }

    pub async fn start_with(
        callers: impl Into<Callers>,
        options: impl FnOnce(Server<Callers>) -> Server<Callers>,
    ) -> Result<Self, StartError> {
        Self::start_at(([127, 0, 0, 1], 0).into(), callers, options).await
    }

    pub async fn start_at(
        address: SocketAddr,
        callers: impl Into<Callers>,
        options: impl FnOnce(Server<Callers>) -> Server<Callers>,
    ) -> Result<Self, StartError> {
        let runs = Runs::default();
        let (audit, log) = Audit::memory(10_000);
        let server = Server::new(Tools { runs: runs.clone() }).audit(audit).callers(callers);
        let server = options(server).bind_http(address).await?;
        let address =
            server.url().strip_prefix("http://").unwrap().trim_end_matches("/mcp").parse();
        let stop = CancellationToken::new();
        tokio::spawn(server.run(stop.clone()));
        Ok(TestServer { address: address.unwrap(), runs, log, _stop: stop.drop_guard() })
    }

    /// The reasons in the records of that many calls, once they are written.
    pub async fn reasons(&self, calls: usize) -> Vec<&'static str> {
        let records = eventually("the records", || {
            let records = self.log.records();
            (records.len() >= calls).then_some(records)
        });
        records.await.iter().map(|record| record.reason).collect()
    }

    /// Calls the tool that says who calls.
    pub async fn whoami(&self, token: impl AsRef<[u8]>) -> Answer {
        self.call("whoami", token).await
    }

    pub async fn call(&self, tool: &str, token: impl AsRef<[u8]>) -> Answer {
        let authorization = [b"Bearer ", token.as_ref()].concat();
        self.post(tool, &[("Authorization", &authorization)], "127.0.0.1").await
    }

    pub async fn whoami_from(&self, address: &str, token: &str) -> Answer {
        let authorization = format!("Bearer {token}");
        self.post("whoami", &[("Authorization", authorization.as_bytes())], address).await
    }

    /// A request of the revision 2026-07-28.
    pub async fn modern(&self, method: &str, tool: &str, token: String) -> Answer {
        let mut params = json!({ "_meta": crate::support::modern_meta() });
        let mut head = vec![("Mcp-Method", method.as_bytes())];
        if !tool.is_empty() {
            params["name"] = tool.into();
            head.push(("Mcp-Name", tool.as_bytes()));
        }
        let authorization = format!("Bearer {token}");
        head.push(("Authorization", authorization.as_bytes()));
        let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        self.post_as("2026-07-28", &body, &head, "127.0.0.1").await
    }

    pub async fn post(&self, tool: &str, headers: &[(&str, &[u8])], from: &str) -> Answer {
        let body = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call",
                           "params": { "name": tool, "arguments": {} } });
        self.post_as("2025-11-25", &body, headers, from).await
    }

    pub async fn post_as(
        &self,
        revision: &str,
        body: &Value,
        headers: &[(&str, &[u8])],
        from: &str,
    ) -> Answer {
        let body = body.to_string();
        let mut request = format!(
            "POST /mcp HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Length: {}\r\n\
             Content-Type: application/json\r\nAccept: application/json, text/event-stream\r\n\
             MCP-Protocol-Version: {revision}\r\n",
            self.address,
            body.len()
        )
        .into_bytes();
        for (name, value) in headers {
            request.extend([name.as_bytes(), b": ", value, b"\r\n"].concat());
        }
        request.extend(b"\r\n");
        request.extend(body.as_bytes());
        self.send(&request, from).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        let request =
            format!("GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", self.address);
        self.send(request.as_bytes(), "127.0.0.1").await
    }

    async fn send(&self, request: &[u8], from: &str) -> Answer {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(SocketAddr::new(from.parse().unwrap(), 0)).unwrap();
        let mut stream: TcpStream = socket.connect(self.address).await.unwrap();
        // The server may answer before it has read everything, and close.
        let _ = stream.write_all(request).await;
        let mut bytes = Vec::new();
        let read = bounded("an answer", stream.read_to_end(&mut bytes)).await;
        assert!(read.is_ok() || !bytes.is_empty(), "{read:?}");
        let text = String::from_utf8_lossy(&bytes);
        let (head, body) =
            text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {text}"));
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap();
        Answer { status, head: head.to_owned(), body: body.to_owned() }
    }
}
