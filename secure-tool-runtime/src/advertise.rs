//! A tool as clients see it in `tools/list`.

use std::sync::Arc;

use rmcp::model::{Tool as Advertised, ToolAnnotations};

use crate::exceptions;
use crate::policy::{Effect, Policy};
use crate::tool_set::Tool;

pub(crate) fn advertise(tool: &Tool) -> Advertised {
    let mut schema = (tool.input.schema)();
    exceptions::take(&mut schema);
    let mut advertised = Advertised::new(tool.name, tool.description, Arc::new(schema))
        .with_annotations(annotations(&tool.policy));
    if let Some(title) = tool.title {
        advertised = advertised.with_title(title);
    }
    if let Some(schema) = (tool.output)().structured() {
        advertised = advertised.with_raw_output_schema(Arc::new(schema));
    }
    advertised
}

/// The hints of MCP. All are stated: their defaults are the worst case.
pub(crate) fn annotations(policy: &Policy) -> ToolAnnotations {
    ToolAnnotations::new()
        .read_only(policy.effect == Effect::Read)
        .destructive(policy.effect == Effect::Destructive)
        .idempotent(policy.idempotent || policy.effect == Effect::Read)
        .open_world(policy.open_world)
}
