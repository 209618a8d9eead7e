//! The result of a call, as MCP carries it.

use rmcp::model::{CallToolResult, ContentBlock};
use serde_json::{Map, Value};

use super::{Content, Output};
use crate::error::Refusal;
use crate::exceptions::{self, Lifted};
use crate::input::{complete, generator};
use crate::resource::secrets::guard::{Replaced, in_blocks, in_value};

/// What a handler discloses. Only the runtime makes one, out of an [`Output`].
#[derive(Debug)]
pub struct Disclosed(Form);

#[derive(Debug)]
enum Form {
    Data { value: Value, structured: bool },
    Content(Content),
}

/// What a tool may disclose: an [`Output`], or a [`Content`] as the whole of a result.
pub trait Disclose {
    /// Its schema.
    #[doc(hidden)]
    fn output_schema() -> OutputSchema;

    /// What leaves the server.
    #[doc(hidden)]
    fn disclosed(self) -> Disclosed;
}

#[diagnostic::do_not_recommend]
impl<T: Output> Disclose for T {
    fn output_schema() -> OutputSchema {
        OutputSchema::of::<T>()
    }

    fn disclosed(self) -> Disclosed {
        Disclosed(Form::Data { value: self.disclose(), structured: T::IS_OBJECT })
    }
}

impl Disclose for Content {
    fn output_schema() -> OutputSchema {
        OutputSchema { schema: Map::new(), structured: false, exceptions: Vec::new() }
    }

    fn disclosed(self) -> Disclosed {
        Disclosed(Form::Content(self))
    }
}

impl Disclosed {
    /// The result for the client.
    pub(crate) fn into_result(
        self,
        max_output: usize,
        replaced: &Replaced,
    ) -> Result<CallToolResult, Refusal> {
        match self.0 {
            Form::Data { mut value, structured } => {
                replaced.add(in_value(&mut value));
                data(value, structured, max_output)
            }
            Form::Content(content) => {
                let mut content = content.into_blocks();
                replaced.add(in_blocks(&mut content));
                blocks(content, max_output)
            }
        }
    }
}

/// Structured content is mirrored as text, for older clients.
fn data(value: Value, structured: bool, max_output: usize) -> Result<CallToolResult, Refusal> {
    let (text, structured) = match value {
        Value::String(text) => (text, None),
        value => {
            let text = serde_json::to_string(&value).map_err(Refusal::internal)?;
            (text, structured.then_some(value))
        }
    };
    if text.len() > max_output {
        return Err(Refusal::OutputTooLarge { limit: max_output });
    }
    let mut result = CallToolResult::success(vec![ContentBlock::text(text)]);
    result.structured_content = structured;
    Ok(result)
}

fn blocks(blocks: Vec<ContentBlock>, max_output: usize) -> Result<CallToolResult, Refusal> {
    let size = serde_json::to_vec(&blocks).map_err(Refusal::internal)?.len();
    if size > max_output {
        return Err(Refusal::OutputTooLarge { limit: max_output });
    }
    Ok(CallToolResult::success(blocks))
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
