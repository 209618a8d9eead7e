//! The span around a call, for `tracing` and what collects it.
//!
//! Names are those of OpenTelemetry's conventions for MCP (semantic-conventions-genai, `docs/gen-ai/mcp.md`,
//! in development). Lines that handlers log within it carry the reference under which the audit log has the
//! call. It is made only if a subscriber wants [`TARGET`].

use rmcp::model::RequestMetaObject;
use tracing::field::Empty;
use tracing::{Level, Span, span_enabled};

use crate::audit::Reference;
use crate::error::CANCELLED;
use crate::trace_context::TraceContext;

/// The target of spans, at the level `INFO`.
const TARGET: &str = "secure_tool::call";

/// The span of one call.
pub(crate) fn of_call(
    tool: &'static str,
    reference: Reference,
    trace: Option<&TraceContext>,
) -> Span {
    tracing::info_span!(
        target: TARGET,
        "tools/call",
        %reference,
        "otel.name" = format_args!("tools/call {tool}"),
        "otel.kind" = "server",
        "mcp.method.name" = "tools/call",
        "gen_ai.operation.name" = "execute_tool",
        "gen_ai.tool.name" = tool,
        "error.type" = Empty,
        traceparent = trace.map(|trace| trace.parent.as_str()),
        tracestate = trace.and_then(|trace| trace.state.as_deref()),
    )
}

/// Says why the call was not served.
pub(crate) fn failed(span: &Span, reason: &'static str) {
    span.record("error.type", reason);
}

/// Dropped before the call has ended, it says that the call was cancelled: its client has left.
pub(crate) struct Cut<'a>(Option<&'a Span>);

impl<'a> Cut<'a> {
    pub(crate) fn new(span: &'a Span) -> Self {
        Cut(Some(span))
    }

    pub(crate) fn ended(mut self) {
        self.0 = None;
    }
}

impl Drop for Cut<'_> {
    fn drop(&mut self) {
        if let Some(span) = self.0 {
            failed(span, CANCELLED);
        }
    }
}

/// What a request says about the span that it belongs to, if anybody wants to know. Of `_meta`,
/// nothing else is looked at.
pub(crate) fn trace_context(meta: &RequestMetaObject) -> Option<Box<TraceContext>> {
    if !span_enabled!(target: TARGET, Level::INFO) {
        return None;
    }
    let text = |key| meta.get(key).and_then(|value| value.as_str());
    TraceContext::parse(text("traceparent")?, text("tracestate")).map(Box::new)
}
