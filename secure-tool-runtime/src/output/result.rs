//! The result of a call, as MCP carries it.

use rmcp::model::{CallToolResult, ContentBlock};
use serde_json::{Map, Value};

use super::Output;
use crate::error::Refusal;
use crate::input::{complete, generator};

/// What a handler discloses. Only the runtime makes one, out of an [`Output`].
#[derive(Debug)]
pub struct Disclosed {
    value: Value,
    structured: bool,
}

impl Disclosed {
    pub(crate) fn new<T: Output>(output: T) -> Self {
        Disclosed { value: output.disclose(), structured: T::IS_OBJECT }
    }

    /// The result for the client. Structured content is mirrored as text, for older clients.
    pub(crate) fn into_result(self, max_output: usize) -> Result<CallToolResult, Refusal> {
        let (text, structured) = match self.value {
            Value::String(text) => (text, None),
            value => {
                let text = serde_json::to_string(&value).map_err(Refusal::internal)?;
                (text, self.structured.then_some(value))
            }
        };
        if text.len() > max_output {
            return Err(Refusal::OutputTooLarge { limit: max_output });
        }
        let mut result = CallToolResult::success(vec![ContentBlock::text(text)]);
        result.structured_content = structured;
        Ok(result)
    }
}

/// The schema of a tool's structured result; none for text and the like.
#[must_use]
pub(crate) fn output_schema<T: Output>() -> Option<Map<String, Value>> {
    if !T::IS_OBJECT {
        return None;
    }
    let mut generator = generator();
    let schema = T::schema(&mut generator);
    Some(complete(schema, &mut generator))
}
