//! Two judges of one input: the schema that a tool advertises, and the server that has the tool.

use jsonschema::{Draft, Validator};
use secure_tool_runtime::ToolSet;
use serde_json::Value;
use tokio::runtime::Runtime;

use crate::inputs::Inputs;

use crate::support::guarded::{Guarded, guard, somebody};
use crate::support::{code, text};

pub(crate) struct Judges {
    tool: &'static str,
    pub(crate) schema: Value,
    validator: Validator,
    server: Guarded,
    runtime: Runtime,
}

/// What became of an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Verdict {
    /// What its schema says.
    pub(crate) valid: bool,
    /// What the server does.
    pub(crate) accepted: bool,
}

impl Verdict {
    pub(crate) const BOTH: Verdict = Verdict { valid: true, accepted: true };
    pub(crate) const NEITHER: Verdict = Verdict { valid: false, accepted: false };

    pub(crate) fn agrees(self) -> bool {
        self.valid == self.accepted
    }
}

impl Judges {
    /// `format` is an annotation, unless a validator is told to look.
    pub(crate) fn new(tool: &'static str) -> Self {
        Self::with_formats(tool, false)
    }

    pub(crate) fn with_formats(tool: &'static str, formats: bool) -> Self {
        let server = guard(ToolSet::new(Inputs));
        let advertised = server.tools.get_tool(tool).expect("there is such a tool");
        let schema = Value::Object((*advertised.input_schema).clone());
        let validator = jsonschema::options()
            .with_draft(Draft::Draft202012)
            .should_validate_formats(formats)
            .build(&schema)
            .expect("the schema is valid itself");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        Judges { tool, schema, validator, server, runtime }
    }

    pub(crate) fn judge(&self, arguments: &Value) -> Verdict {
        Verdict { valid: self.is_valid(arguments), accepted: self.is_accepted(arguments) }
    }

    pub(crate) fn is_valid(&self, arguments: &Value) -> bool {
        self.validator.is_valid(arguments)
    }

    pub(crate) fn is_accepted(&self, arguments: &Value) -> bool {
        // A call without an object for arguments is no call: the protocol refuses it.
        if !arguments.is_object() {
            return false;
        }
        let caller = somebody("ada");
        let call = self.server.call(&caller, self.tool, arguments.clone());
        let result = self.runtime.block_on(call);
        let code = code(&result);
        assert!(matches!(code.as_deref(), None | Some("invalid_input")), "{result:?}");
        assert_eq!(code.is_some(), text(&result).contains("- `$"), "without a reason: {result:?}");
        code.is_none()
    }
}
