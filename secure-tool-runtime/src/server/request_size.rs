//! How large a request can be that some tool takes, from the bounds of the tools' own inputs.

use serde_json::{Map, Value};

use crate::tool_set::ToolSet;

/// What a message has beside the arguments of a tool, in bytes: method, metadata, the capabilities
/// of the client, state that it brings back.
const ENVELOPE: usize = 64 << 10;

/// The most bytes that a character takes: two escapes for one outside of Unicode's first plane.
const CHARACTER: usize = r"\ud83d\ude00".len();

/// A number, written as nobody writes it.
const NUMBER: usize = 64;

/// What stands around a member or element: a comma, a line and its indentation.
const LAYOUT: usize = 32;

/// Definitions that refer to definitions, at most. What contains itself has no greatest size.
const REFERENCES: usize = 16;

/// The greatest request for one of these tools, in bytes; none if an input contains itself.
pub(super) fn greatest(tools: &ToolSet) -> Option<usize> {
    let inputs = tools.tools.values().map(|tool| {
        let schema = (tool.input.schema)();
        let definitions = schema.get("$defs").cloned().unwrap_or_default();
        Sizes { definitions: &definitions }.of_map(&schema, 0)
    });
    let greatest = inputs.reduce(|greatest, input| Some(greatest?.max(input?))).unwrap_or(Some(0));
    greatest.map(|greatest| greatest.saturating_add(ENVELOPE))
}

struct Sizes<'a> {
    definitions: &'a Value,
}

impl Sizes<'_> {
    fn of(&self, schema: &Value, references: usize) -> Option<usize> {
        self.of_map(schema.as_object()?, references)
    }

    fn of_map(&self, schema: &Map<String, Value>, references: usize) -> Option<usize> {
        if let Some(name) = schema.get("$ref") {
            let name = name.as_str()?.strip_prefix("#/$defs/")?;
            let definition = self.definitions.get(name).filter(|_| references < REFERENCES)?;
            return self.of(definition, references + 1);
        }
        if let Some(value) = schema.get("const") {
            return Some(text(value.to_string().chars().count()));
        }
        if let Some(values) = schema.get("enum") {
            let sizes = values.as_array()?.iter().map(|value| value.to_string().chars().count());
            return sizes.max().map(text);
        }
        let number = |key: &str| schema.get(key)?.as_u64()?.try_into().ok();
        match schema.get("type").and_then(Value::as_str) {
            Some("string") => number("maxLength").map(text),
            Some("array") => {
                let item = self.of(schema.get("items")?, references)?;
                Some(times(number("maxItems")?, item))
            }
            Some("object") if !schema.contains_key("oneOf") => {
                self.of_object(schema, number("maxProperties"), references)
            }
            Some("integer" | "number") => Some(NUMBER),
            Some("boolean" | "null") => Some("false".len()),
            _ => {
                let variants = ["anyOf", "oneOf"].iter().find_map(|key| schema.get(*key))?;
                let sizes = variants.as_array()?.iter().map(|schema| self.of(schema, references));
                sizes.reduce(|greatest, size| Some(greatest?.max(size?)))?
            }
        }
    }

    fn of_object(
        &self,
        schema: &Map<String, Value>,
        max: Option<usize>,
        references: usize,
    ) -> Option<usize> {
        let mut size = 2_usize;
        for (name, schema) in
            schema.get("properties").and_then(Value::as_object).into_iter().flatten()
        {
            let member = text(name.chars().count()).saturating_add(self.of(schema, references)?);
            size = size.saturating_add(times(1, member));
        }
        match schema.get("additionalProperties") {
            Some(Value::Bool(false)) => {}
            Some(value) => {
                let name = self.of(schema.get("propertyNames")?, references)?;
                let member = name.saturating_add(self.of(value, references)?);
                size = size.saturating_add(times(max?, member));
            }
            None => return None,
        }
        Some(size)
    }
}

fn text(characters: usize) -> usize {
    characters.saturating_mul(CHARACTER).saturating_add(2)
}

fn times(count: usize, size: usize) -> usize {
    count.saturating_mul(size.saturating_add(LAYOUT)).saturating_add(2)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn size(schema: Value) -> Option<usize> {
        let definitions = schema.get("$defs").cloned().unwrap_or_default();
        Sizes { definitions: &definitions }.of(&schema, 0)
    }

    #[test]
    fn the_greatest_value_fits() {
        let wide = |count: usize| "\\ud83d\\ude00".repeat(count);
        for (schema, value) in [
            (json!({ "type": "string", "maxLength": 3 }), format!("\"{}\"", wide(3))),
            (json!({ "type": "integer", "maximum": 5 }), i64::MIN.to_string()),
            (json!({ "type": "boolean" }), "false".into()),
            (json!({ "enum": ["low", "höher"] }), r#""h\u00f6\u0068\u0065\u0072""#.into()),
            (
                json!({ "type": "array", "maxItems": 2, "items": { "type": "boolean" } }),
                "[\n          false,\n          false\n        ]".into(),
            ),
            (
                json!({ "type": "object", "additionalProperties": false, "properties": {
                    "a": { "anyOf": [{ "type": "string", "maxLength": 1 }, { "type": "null" }] },
                } }),
                format!("{{\n    \"\\u0061\": \"{}\"\n}}", wide(1)),
            ),
            (
                json!({ "type": "object", "maxProperties": 2,
                    "propertyNames": { "type": "string", "maxLength": 1 },
                    "additionalProperties": { "type": "null" } }),
                format!("{{\n  \"{}\": null,\n  \"b\": null\n}}", wide(1)),
            ),
            (
                json!({ "oneOf": [
                    { "type": "object", "additionalProperties": false, "properties": {
                        "kind": { "const": "x" } } },
                    { "$ref": "#/$defs/Y" },
                ], "$defs": { "Y": { "type": "string", "maxLength": 100 } } }),
                format!("\"{}\"", wide(100)),
            ),
        ] {
            let size = size(schema.clone()).unwrap_or_else(|| panic!("{schema} is bounded"));
            assert!(size >= value.len(), "{schema}: {size} < {}", value.len());
            assert!(size <= 4 * value.len() + 100, "{schema}: {size}, for {}", value.len());
        }
    }

    #[test]
    fn what_contains_itself_has_no_greatest_size() {
        let schema = json!({ "$ref": "#/$defs/Tree", "$defs": { "Tree": {
            "type": "object", "additionalProperties": false,
            "properties": { "child": { "$ref": "#/$defs/Tree" } } } } });
        assert_eq!(size(schema), None);
    }

    #[test]
    fn what_has_no_bounds_has_no_greatest_size() {
        for schema in [
            json!({}),
            json!(true),
            json!({ "type": "string" }),
            json!({ "type": "array", "items": { "type": "null" } }),
            json!({ "type": "object" }),
            json!({ "type": "object", "additionalProperties": { "type": "null" } }),
            json!({ "$ref": "#/$defs/Missing" }),
        ] {
            assert_eq!(size(schema.clone()), None, "{schema}");
        }
    }

    #[test]
    fn huge_bounds_do_not_overflow() {
        let schema = json!({ "type": "array", "maxItems": u64::MAX, "items": {
            "type": "string", "maxLength": u64::MAX } });
        assert_eq!(size(schema), Some(usize::MAX));
    }
}
