//! The result of a call, as MCP carries it.

use rmcp::model::{CallToolResult, ContentBlock};
use serde_json::{Map, Value};

use super::Output;
use crate::error::Refusal;
use crate::exceptions::{self, Lifted};
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

/// The schema of what a tool discloses.
#[derive(Debug)]
pub struct OutputSchema {
    schema: Map<String, Value>,
    structured: bool,
    exceptions: Vec<Lifted>,
}

impl OutputSchema {
    /// The schema of `T`.
    #[must_use]
    pub(crate) fn of<T: Output>() -> Self {
        let mut generator = generator();
        let schema = T::schema(&mut generator);
        let mut schema = complete(schema, &mut generator);
        let exceptions = exceptions::take(&mut schema);
        OutputSchema { schema, structured: T::IS_OBJECT, exceptions }
    }

    /// What clients are told: MCP has schemas for objects only.
    #[must_use]
    pub fn structured(self) -> Option<Map<String, Value>> {
        self.structured.then_some(self.schema)
    }

    /// The rules that are lifted for its types, whatever its shape.
    pub(crate) fn exceptions(&mut self) -> Vec<Lifted> {
        std::mem::take(&mut self.exceptions)
    }
}
