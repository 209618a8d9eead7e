//! A server and a client in one thread, with a pipe in memory between them.
//!
//! The client writes and reads lines: rmcp's own client takes longer over an answer than the server
//! does, and would hide what is compared.

use std::time::{Duration, Instant};

use rmcp::handler::server::ServerHandler;
use rmcp::model::JsonObject;
use rmcp::service::ServiceExt;
use serde_json::{Value, json};
use tokio::io::{
    AsyncBufReadExt, AsyncWriteExt, BufReader, DuplexStream, ReadHalf, WriteHalf, split,
};
use tokio::runtime::Runtime;

/// Room in the pipe, in bytes.
const ROOM: usize = 1 << 16;

/// Calls that are written down before the time is taken.
const BATCH: u64 = 64;

/// A protocol revision.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Revision {
    /// 2025-11-25: a handshake, and no metadata in requests.
    Sessions,
    /// 2026-07-28: no handshake, and metadata in each request.
    Stateless,
}

pub(crate) struct Duplex {
    runtime: Runtime,
    client: Client,
}

struct Client {
    revision: Revision,
    output: WriteHalf<DuplexStream>,
    input: BufReader<ReadHalf<DuplexStream>>,
    next: u64,
}

impl Duplex {
    pub(crate) fn new(handler: impl ServerHandler, revision: Revision) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.expect("a runtime starts");
        let (near, far) = tokio::io::duplex(ROOM);
        let (input, output) = split(near);
        let mut client = Client { revision, output, input: BufReader::new(input), next: 1 };
        runtime.spawn(async {
            let running = handler.serve(far).await.expect("the client begins");
            running.waiting().await
        });
        runtime.block_on(client.begin());
        Duplex { runtime, client }
    }

    /// Calls one after the other and gives the time that it took. All answers have to be `served`, or
    /// none.
    pub(crate) fn calls(&mut self, calls: u64, call: &Call) -> Duration {
        let mut spent = Duration::ZERO;
        let mut left = calls;
        while left > 0 {
            let batch = left.min(BATCH);
            let lines: Vec<_> = (0..batch).map(|_| self.client.line_of(call)).collect();
            let started = Instant::now();
            self.exchange(&lines, call.served);
            spent += started.elapsed();
            left -= batch;
        }
        spent
    }

    /// A function of its own, so that callgrind can be told to count what happens in it.
    #[inline(never)]
    fn exchange(&mut self, lines: &[Vec<u8>], served: bool) {
        let Duplex { runtime, client } = self;
        runtime.block_on(async {
            for line in lines {
                let answer = client.exchange(line).await;
                let refused = memchr::memmem::find(&answer, br#""isError":true"#).is_some();
                assert_eq!(!refused, served, "{}", String::from_utf8_lossy(&answer));
            }
        });
    }
}

impl Client {
    /// As each revision wants it. Without a handshake, the first request is what begins.
    async fn begin(&mut self) {
        let hello = match self.revision {
            Revision::Sessions => json!({
                "jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {
                    "protocolVersion": "2025-11-25",
                    "capabilities": {},
                    "clientInfo": { "name": "bench", "version": "1" },
                },
            }),
            Revision::Stateless => json!({
                "jsonrpc": "2.0", "id": 0, "method": "server/discover",
                "params": { "_meta": metadata() },
            }),
        };
        let answer = self.exchange(&line(&hello)).await;
        let answer: Value = serde_json::from_slice(&answer).expect("it is JSON");
        assert!(answer["result"].is_object(), "{answer}");
        if self.revision == Revision::Sessions {
            let ready = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" });
            self.output.write_all(&line(&ready)).await.expect("the server reads");
        }
    }

    fn line_of(&mut self, call: &Call) -> Vec<u8> {
        let mut params = json!({ "name": call.tool, "arguments": call.arguments });
        if self.revision == Revision::Stateless {
            params["_meta"] = metadata();
        }
        let id = self.next;
        self.next += 1;
        line(&json!({ "jsonrpc": "2.0", "id": id, "method": "tools/call", "params": params }))
    }

    async fn exchange(&mut self, line: &[u8]) -> Vec<u8> {
        self.output.write_all(line).await.expect("the server reads");
        let mut answer = Vec::new();
        self.input.read_until(b'\n', &mut answer).await.expect("the server answers");
        answer
    }
}

fn metadata() -> Value {
    json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
        "io.modelcontextprotocol/clientInfo": { "name": "bench", "version": "1" },
    })
}

fn line(message: &Value) -> Vec<u8> {
    let mut line = message.to_string().into_bytes();
    line.push(b'\n');
    line
}

/// What is called, and whether that is to be served.
#[derive(Clone)]
pub(crate) struct Call {
    pub(crate) tool: &'static str,
    pub(crate) arguments: JsonObject,
    pub(crate) served: bool,
}
