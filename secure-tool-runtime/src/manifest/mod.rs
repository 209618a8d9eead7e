//! The manifest: what a server offers, to whom, within which limits, as canonical JSON.
//!
//! Two builds of the same tools print the same bytes (RFC 8785), so a manifest can be kept under
//! version control, compared and signed. Each tool carries a SHA-256 digest of its definition: a
//! changed description, schema or limit changes it.

use rmcp::model::ToolAnnotations;
use serde::Serialize;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::advertise::annotations;
use crate::exceptions::{self, Lifted};
use crate::policy::{Authorization, Effect, Limits};
use crate::tool_set::{Tool, ToolSet};

/// The version of the manifest's format.
const FORMAT: u32 = 1;

/// What a set of tools offers.
#[derive(Debug, Clone, Serialize)]
pub struct Manifest {
    format: u32,
    tools: Vec<Entry>,
}

#[derive(Debug, Clone, Serialize)]
struct Entry {
    #[serde(flatten)]
    definition: Definition,
    /// Of the canonical JSON of everything else in this entry.
    digest: String,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct Definition {
    name: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<&'static str>,
    description: &'static str,
    input_schema: Map<String, Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output_schema: Option<Map<String, Value>>,
    annotations: ToolAnnotations,
    authorization: Authorization,
    effect: Effect,
    #[serde(skip_serializing_if = "Option::is_none")]
    confirm: Option<&'static str>,
    expensive: bool,
    limits: Limits,
    exceptions: Vec<Lifted>,
}

impl Manifest {
    /// The manifest of a set of tools.
    ///
    /// # Errors
    /// If a definition cannot be written as JSON.
    pub fn of(tools: &ToolSet) -> serde_json::Result<Self> {
        let tools = tools.tools.values().map(entry).collect::<Result<_, _>>()?;
        Ok(Manifest { format: FORMAT, tools })
    }

    /// The canonical JSON (RFC 8785).
    ///
    /// # Errors
    /// If a definition cannot be written as JSON.
    pub fn to_canonical_json(&self) -> serde_json::Result<String> {
        serde_json_canonicalizer::to_string(self)
    }
}

fn entry(tool: &Tool) -> serde_json::Result<Entry> {
    let mut input_schema = (tool.input.schema)();
    let mut output = (tool.output)();
    let mut lifted: Vec<Lifted> =
        tool.policy.exceptions.iter().copied().map(Lifted::from).collect();
    lifted.extend(exceptions::take(&mut input_schema));
    lifted.extend(output.exceptions());
    lifted.sort();
    lifted.dedup();
    let definition = Definition {
        name: tool.name,
        title: tool.title,
        description: tool.description,
        input_schema,
        output_schema: output.structured(),
        annotations: annotations(&tool.policy),
        authorization: tool.policy.authorization,
        effect: tool.policy.effect,
        confirm: tool.policy.confirm,
        expensive: tool.policy.expensive,
        limits: tool.policy.limits,
        exceptions: lifted,
    };
    let digest = Sha256::digest(serde_json_canonicalizer::to_vec(&definition)?);
    Ok(Entry { definition, digest: format!("sha256:{}", hex(&digest)) })
}

/// Lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
