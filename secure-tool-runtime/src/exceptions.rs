//! Rules that are lifted for a type. They travel in its schema, so that they reach the manifest of
//! every tool which uses the type, and are taken out before clients see it.

use schemars::Schema;
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::policy::Exception;

/// Where they stand in a schema.
const KEY: &str = "x-secure-tool-exceptions";

/// A rule that is lifted, for the tool itself or for a type that it takes or returns.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(crate) struct Lifted {
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    of_type: Option<String>,
    rule: String,
    reason: String,
}

impl From<Exception> for Lifted {
    fn from(exception: Exception) -> Self {
        let Exception { rule, reason } = exception;
        Lifted { of_type: None, rule: rule.into(), reason: reason.into() }
    }
}

/// Notes in a type's schema what is lifted for it.
pub(crate) fn note(schema: &mut Schema, of_type: &str, exceptions: &[Exception]) {
    if exceptions.is_empty() {
        return;
    }
    let lifted = exceptions.iter().map(|Exception { rule, reason }| json!([of_type, rule, reason]));
    schema.insert(KEY.into(), lifted.collect());
}

/// Takes the notes out of a schema, sorted and each once.
pub(crate) fn take(schema: &mut Map<String, Value>) -> Vec<Lifted> {
    let mut found = Vec::new();
    collect(schema, &mut found);
    found.sort();
    found.dedup();
    found
}

/// Schemas are as deep as the types are nested, which a compiler has seen.
fn collect(schema: &mut Map<String, Value>, found: &mut Vec<Lifted>) {
    // A field may have this name; what it is declared as is no list.
    if schema.get(KEY).is_some_and(Value::is_array)
        && let Some(Value::Array(notes)) = schema.remove(KEY)
    {
        found.extend(notes.iter().filter_map(lifted));
    }
    for value in schema.values_mut() {
        search(value, found);
    }
}

fn search(value: &mut Value, found: &mut Vec<Lifted>) {
    match value {
        Value::Object(map) => collect(map, found),
        Value::Array(items) => items.iter_mut().for_each(|item| search(item, found)),
        _ => {}
    }
}

fn lifted(note: &Value) -> Option<Lifted> {
    let text = |index: usize| note.get(index)?.as_str().map(str::to_owned);
    Some(Lifted { of_type: Some(text(0)?), rule: text(1)?, reason: text(2)? })
}
