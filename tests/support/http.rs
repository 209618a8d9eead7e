//! An HTTP client that sends exactly what it is told to, also what no decent client would.

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::Value;

use super::PATIENCE;
use super::process::HttpProcess;

/// An answer.
#[derive(Debug)]
pub struct Response {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Response {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("not JSON: {self:?}"))
    }

    /// The value of a header, by its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }
}

/// A request about to be sent.
#[derive(Clone)]
pub struct Request {
    pub method: &'static str,
    pub path: &'static str,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Request {
    /// What a client of the revision 2025-11-25 posts.
    pub fn post(server: &HttpProcess, user: &str, body: impl ToString) -> Self {
        Request { method: "POST", path: "/mcp", headers: Vec::new(), body: body.to_string().into() }
            .with("Host", server.address())
            .with("Authorization", &format!("Bearer {}", server.token(user)))
            .with("Content-Type", "application/json")
            .with("Accept", "application/json, text/event-stream")
            .with("MCP-Protocol-Version", "2025-11-25")
    }

    /// What a client of the revision 2026-07-28 posts.
    pub fn modern(server: &HttpProcess, user: &str, body: &Value) -> Self {
        let method = body["method"].as_str().unwrap_or_default();
        let request = Self::post(server, user, body)
            .set("MCP-Protocol-Version", "2026-07-28")
            .with("Mcp-Method", method);
        match body["params"]["name"].as_str() {
            Some(name) => request.with("Mcp-Name", name),
            None => request,
        }
    }

    /// Adds a header, even if there is one of that name.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(key, _)| !key.eq_ignore_ascii_case(name));
        self
    }

    /// Replaces a header.
    pub fn set(self, name: &str, value: &str) -> Self {
        self.without(name).with(name, value)
    }

    pub fn method(mut self, method: &'static str) -> Self {
        self.method = method;
        self
    }

    pub fn path(mut self, path: &'static str) -> Self {
        self.path = path;
        self
    }

    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// The bytes, complete with length and `Connection: close`.
    pub fn bytes(&self) -> Vec<u8> {
        let mut text = format!("{} {} HTTP/1.1\r\n", self.method, self.path);
        for (name, value) in &self.headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        text.push_str(&format!("Content-Length: {}\r\nConnection: close\r\n\r\n", self.body.len()));
        let mut bytes = text.into_bytes();
        bytes.extend_from_slice(&self.body);
        bytes
    }

    /// Sends it and reads the whole answer.
    pub fn send(&self, server: &HttpProcess) -> Response {
        let mut stream = connect(server);
        // A server may answer and close before it has read everything.
        let _ = stream.write_all(&self.bytes());
        read(stream)
    }

    /// Sends it and goes away without reading.
    pub fn send_and_hold(&self, server: &HttpProcess) -> TcpStream {
        let mut stream = connect(server);
        stream.write_all(&self.bytes()).unwrap();
        stream
    }
}

pub fn connect(server: &HttpProcess) -> TcpStream {
    let stream = TcpStream::connect(server.address()).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.set_write_timeout(Some(PATIENCE)).unwrap();
    stream
}

/// Reads until the server closes.
pub fn read(mut stream: TcpStream) -> Response {
    let mut bytes = Vec::new();
    if let Err(error) = stream.read_to_end(&mut bytes) {
        // What came before a reset counts.
        assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset, "{error}");
    }
    let text = String::from_utf8(bytes).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {text:?}"));
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap();
    Response { status, head: head.to_owned(), body: body.to_owned() }
}
