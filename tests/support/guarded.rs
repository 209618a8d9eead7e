//! Tools under guard, called without a transport, with their audit records at hand.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use rmcp::model::{CallToolRequestParams, CallToolResult, ErrorData};
use secure_tool_runtime::audit::{Audit, MemoryLog, Record};
use secure_tool_runtime::{Caller, GuardedTools, Server, ToolSet};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

/// Counts how often handlers were reached.
#[derive(Clone, Debug, Default)]
pub struct Runs(Arc<AtomicU32>);

impl Runs {
    pub fn count(&self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }

    pub fn get(&self) -> u32 {
        self.0.load(Ordering::SeqCst)
    }
}

/// Tools, and what is recorded about their calls.
#[derive(Clone)]
pub struct Guarded {
    pub tools: GuardedTools,
    pub audit: Audit,
    pub log: MemoryLog,
}

pub fn guard(tools: impl Into<ToolSet>) -> Guarded {
    guard_with(tools, |server| server)
}

pub fn guard_with(tools: impl Into<ToolSet>, options: impl FnOnce(Server) -> Server) -> Guarded {
    let (audit, log) = Audit::memory(100_000);
    let tools = options(Server::new(tools).audit(audit.clone())).embed().unwrap();
    Guarded { tools, audit, log }
}

impl Guarded {
    /// Calls a tool that exists.
    pub async fn call(&self, caller: &Caller, tool: &str, arguments: Value) -> CallToolResult {
        self.try_call(caller, tool, arguments).await.expect("there is such a tool")
    }

    pub async fn try_call(
        &self,
        caller: &Caller,
        tool: &str,
        arguments: Value,
    ) -> Result<CallToolResult, ErrorData> {
        let cancelled = CancellationToken::new();
        self.tools.call_as(caller.clone(), params(tool, arguments), cancelled).await
    }

    /// The records so far.
    pub async fn records(&self) -> Vec<Record> {
        self.audit.flush().await.expect("records can be written");
        self.log.records()
    }

    /// The only record.
    pub async fn record(&self) -> Record {
        let mut records = self.records().await;
        assert_eq!(records.len(), 1, "{records:#?}");
        records.remove(0)
    }
}

pub fn params(tool: &str, arguments: Value) -> CallToolRequestParams {
    let params = CallToolRequestParams::new(tool.to_owned());
    match arguments {
        Value::Object(arguments) => params.with_arguments(arguments),
        Value::Null => params,
        other => panic!("arguments are an object, not {other}"),
    }
}

/// A caller without any scope or role.
pub fn somebody(name: &str) -> Caller {
    Caller::new(name).unwrap()
}
