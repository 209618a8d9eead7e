//! A principal as input: somebody else, on whom a tool acts.

use schemars::{Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value};

use super::scalars::decode_text;
use super::{At, DeclaresNothing, Input, Rules, Violations};
use crate::caller::{NAME_CEILING, Subject};
use crate::kind::Kind;

/// How schemas mark a principal.
pub(super) const FORMAT: &str = "subject";

/// Only tools that require a role or decide by policy may take one: a scope says what a caller may
/// do, not to whom.
impl<D: DeclaresNothing> Input<D> for Subject {
    const KIND: Kind = Kind::Subject;
    const NAMES_SUBJECT: bool = true;

    fn schema(_: &mut SchemaGenerator, _: &Rules) -> Schema {
        json_schema!({
            "type": "string",
            "format": FORMAT,
            "minLength": 1,
            "maxLength": NAME_CEILING,
            "pattern": "^[^\\s\\u0000-\\u001f\\u007f-\\u009f]+$",
        })
    }

    fn decode(value: Value, _: &Rules, at: &At<'_>, violations: &mut Violations) -> Option<Self> {
        let text = decode_text(value, 1, NAME_CEILING as u64, at, violations)?;
        let subject = Subject::named(&text);
        if subject.is_err() {
            violations.add(
                at,
                "subject",
                "must be a name without white space or control characters, of at most 256 bytes",
            );
        }
        subject.ok()
    }
}

/// True if a schema names a principal anywhere.
pub(crate) fn names_subject(schema: &Map<String, Value>) -> bool {
    let here = schema.get("format").is_some_and(|format| format == FORMAT);
    here || schema.values().any(|value| match value {
        Value::Object(map) => names_subject(map),
        Value::Array(items) => items.iter().any(|item| item.as_object().is_some_and(names_subject)),
        _ => false,
    })
}
