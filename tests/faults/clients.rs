//! A client of HTTP/1.1 that does what it is told to, over any stream.

use std::net::{IpAddr, SocketAddr};

use serde_json::Value;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

use crate::support::bounded;

/// Bytes to and from a server.
pub struct Wire<S> {
    pub stream: S,
    buffer: Vec<u8>,
}

impl Wire<TcpStream> {
    pub async fn connect(address: SocketAddr) -> Self {
        Wire::new(bounded("a connection", TcpStream::connect(address)).await.unwrap())
    }

    /// From another address of loopback.
    pub async fn connect_from(from: IpAddr, address: SocketAddr) -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind((from, 0).into()).unwrap();
        Wire::new(bounded("a connection", socket.connect(address)).await.unwrap())
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Wire<S> {
    pub fn new(stream: S) -> Self {
        Wire { stream, buffer: Vec::new() }
    }

    /// Sends bytes. Whether the server still takes them is told.
    pub async fn send(&mut self, bytes: &[u8]) -> bool {
        self.stream.write_all(bytes).await.is_ok() && self.stream.flush().await.is_ok()
    }

    /// What the server sends until it closes.
    pub async fn rest(mut self) -> Vec<u8> {
        let mut bytes = std::mem::take(&mut self.buffer);
        // What came before a reset counts.
        let _ = bounded("the server to close", self.stream.read_to_end(&mut bytes)).await;
        bytes
    }

    /// Waits until the server closes, and has sent nothing before.
    pub async fn ends(self) {
        let rest = self.rest().await;
        assert!(rest.is_empty(), "{}", String::from_utf8_lossy(&rest));
    }

    /// The next answer, which has a length.
    pub async fn answer(&mut self) -> Answer {
        bounded("an answer", self.try_answer()).await.expect("an answer")
    }

    pub async fn try_answer(&mut self) -> Option<Answer> {
        loop {
            if let Some(answer) = self.take_answer() {
                return Some(answer);
            }
            if self.stream.read_buf(&mut self.buffer).await.ok()? == 0 {
                return None;
            }
        }
    }

    /// The rest of the next line that begins so.
    pub async fn line(&mut self, begins: &str) -> String {
        loop {
            let text = String::from_utf8_lossy(&self.buffer);
            let line = text.split_inclusive('\n').find_map(|line| line.strip_prefix(begins));
            if let Some(line) = line.and_then(|line| line.strip_suffix('\n')) {
                return line.to_owned();
            }
            assert_ne!(self.stream.read_buf(&mut self.buffer).await.unwrap(), 0, "no such line");
        }
    }

    fn take_answer(&mut self) -> Option<Answer> {
        let end = self.buffer.windows(4).position(|bytes| bytes == b"\r\n\r\n")? + 4;
        let head = String::from_utf8(self.buffer[..end].to_vec()).unwrap();
        let mut answer = Answer { head, body: String::new() };
        let length = answer.header("content-length").map_or(0, |length| length.parse().unwrap());
        let body = self.buffer.get(end..end + length)?;
        answer.body = String::from_utf8(body.to_vec()).unwrap();
        self.buffer.drain(..end + length);
        Some(answer)
    }
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    pub head: String,
    pub body: String,
}

impl Answer {
    pub fn status(&self) -> u16 {
        self.head.split(' ').nth(1).unwrap().parse().unwrap()
    }

    /// The value of a header, by its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    pub fn result(&self) -> Value {
        let body: Value =
            serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("no JSON: {self:?}"));
        assert!(body["result"].is_object(), "{self:?}");
        body["result"].clone()
    }
}

/// A client of the revision 2025-11-25 that keeps its connection.
pub struct Client<S> {
    pub wire: Wire<S>,
    pub host: String,
    /// Lines of the head beside those that a client has to send.
    pub headers: String,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Client<S> {
    pub fn new(wire: Wire<S>, token: &str) -> Self {
        let headers = if token.is_empty() {
            String::new()
        } else {
            format!("Authorization: Bearer {token}\r\n")
        };
        Client { wire, host: "localhost".into(), headers }
    }

    pub fn host(mut self, host: &str) -> Self {
        self.host = host.into();
        self
    }

    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push_str(&format!("{name}: {value}\r\n"));
        self
    }

    /// The head of a request whose body has so many bytes.
    pub fn head(&self, length: usize) -> String {
        format!("{}Content-Length: {length}\r\n\r\n", self.open_head())
    }

    /// The same, without its end.
    pub fn open_head(&self) -> String {
        format!(
            "POST /mcp HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\n\
             Accept: application/json, text/event-stream\r\nMCP-Protocol-Version: 2025-11-25\r\n{}",
            self.host, self.headers
        )
    }

    pub fn bytes(&self, message: &Value) -> Vec<u8> {
        let body = message.to_string();
        format!("{}{body}", self.head(body.len())).into_bytes()
    }

    pub async fn post(&mut self, message: &Value) -> Answer {
        let bytes = self.bytes(message);
        self.wire.send(&bytes).await;
        self.wire.answer().await
    }

    pub async fn get(&mut self, method: &str, path: &str) -> Answer {
        let head =
            format!("{method} {path} HTTP/1.1\r\nHost: {}\r\n{}\r\n", self.host, self.headers);
        self.wire.send(head.as_bytes()).await;
        self.wire.answer().await
    }
}
