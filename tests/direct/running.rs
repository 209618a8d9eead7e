//! A server of the tools, and what it answers and records.

use std::time::Duration;

use reqwest::header::{CONTENT_LENGTH, CONTENT_TYPE, DATE, HeaderMap};
use reqwest::{Client, StatusCode};
use rmcp::handler::server::ServerHandler;
use secrecy::ExposeSecret;
use secure_tool_runtime::audit::{Audit, MemoryLog, Record};
use secure_tool_runtime::prelude::*;
use secure_tool_runtime::server::HttpLimits;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::support::guarded::Runs;
use crate::support::{self, bounded, modern_meta};
use crate::tools::{Around, Tools};

pub struct Running {
    pub url: String,
    pub token: String,
    pub client: Client,
    pub audit: Audit,
    pub log: MemoryLog,
    pub waiting: Runs,
    pub stop: CancellationToken,
}

/// What was answered, without what is another at each call.
#[derive(Debug, PartialEq)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Running {
    pub async fn direct() -> Self {
        Self::start(|server| server).await
    }

    pub async fn around() -> Self {
        Self::start(|server| server.handler(Around)).await
    }

    async fn start<H: ServerHandler>(
        wrap: impl FnOnce(Server<Callers>) -> Server<Callers, H>,
    ) -> Self {
        let (audit, log) = Audit::memory(10_000);
        let users = DevelopmentUsers::new().user("ada", &[], &[]);
        let tools = Tools::default();
        let waiting = tools.waiting.clone();
        let mut limits = HttpLimits::default();
        limits.drain_time = Duration::from_millis(20);
        let server = Server::new(tools).audit(audit.clone()).http_limits(limits).callers(users);
        let server = wrap(server);
        let server = server.bind_http(([127, 0, 0, 1], 0).into()).await.unwrap();
        let url = server.url();
        let token = server.tokens().next().unwrap().1.expose_secret().to_owned();
        let stop = CancellationToken::new();
        tokio::spawn(server.run(stop.clone()));
        let client = Client::builder().no_proxy().build().unwrap();
        Running { url, token, client, audit, log, waiting, stop }
    }

    pub async fn post(&self, headers: &[(&str, &str)], body: impl Into<Vec<u8>>) -> Answer {
        let mut request = self.client.post(&self.url).bearer_auth(&self.token);
        if !headers.iter().any(|(name, _)| *name == "content-type") {
            request = request.header(CONTENT_TYPE, "application/json");
        }
        if !headers.iter().any(|(name, _)| *name == "accept") {
            request = request.header("accept", "application/json, text/event-stream");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = bounded("an answer", request.body(body.into()).send()).await.unwrap();
        let (status, headers) = (response.status(), shown(response.headers()));
        let body = response.text().await.unwrap();
        Answer { status, headers, body }
    }

    pub async fn call(&self, modern: bool, tool: &str, params: &Value) -> Answer {
        let (headers, body) = request(modern, tool, params.clone());
        self.post(&headers, body).await
    }

    /// The records so far, without what is another at each call.
    pub async fn records(&self) -> Vec<String> {
        self.audit.flush().await.unwrap();
        let records = self.log.records().into_iter();
        let shown = |record: Record| {
            format!(
                "{} {} {:?} {} {:?} {}",
                record.tool,
                record.caller,
                record.outcome,
                record.reason,
                record.cause,
                record.arguments
            )
        };
        records.map(shown).collect()
    }
}

/// All but the time and the length, which follow from others.
fn shown(headers: &HeaderMap) -> Vec<(String, String)> {
    let kept = headers.iter().filter(|(name, _)| **name != DATE && **name != CONTENT_LENGTH);
    let shown = kept.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
    let mut shown: Vec<_> = shown.collect();
    shown.sort();
    shown
}

/// A call with everything that belongs to it.
pub fn request(modern: bool, tool: &str, mut params: Value) -> (Vec<(&str, &str)>, String) {
    params["name"] = tool.into();
    let mut headers = vec![("mcp-protocol-version", "2025-11-25")];
    if modern {
        headers = vec![
            ("mcp-protocol-version", "2026-07-28"),
            ("mcp-method", "tools/call"),
            ("mcp-name", tool),
        ];
        let mut meta = modern_meta();
        if let Some(more) = params["_meta"].as_object() {
            meta.as_object_mut().unwrap().extend(more.clone());
        }
        params["_meta"] = meta;
    }
    (headers, support::request(7, "tools/call", params).to_string())
}
