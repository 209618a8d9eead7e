//! JSON Schemas of objects and choices, and of a tool's whole input.

use std::borrow::Cow;
use std::marker::PhantomData;

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value, json};

use super::{FieldOf, InputObject, Object};
use crate::exceptions;
use crate::policy::Exception;

/// A generator that writes schemas in place; only a type that contains itself is referred to.
pub(crate) fn generator() -> SchemaGenerator {
    let inline = |settings: &mut SchemaSettings| {
        settings.inline_subschemas = true;
        settings.meta_schema = None;
    };
    SchemaSettings::draft2020_12().with(inline).into_generator()
}

/// The schema of a tool's input, complete with the definitions that it refers to.
#[must_use]
pub fn input_schema<T: InputObject>() -> Map<String, Value> {
    let mut generator = generator();
    let schema = describe(&mut generator, T::OBJECT);
    complete(schema, &mut generator)
}

/// Adds the definitions that a schema refers to.
pub(crate) fn complete(schema: Schema, generator: &mut SchemaGenerator) -> Map<String, Value> {
    let mut map = match schema.to_value() {
        Value::Object(map) => map,
        _ => Map::new(),
    };
    let definitions = generator.take_definitions(true);
    if !definitions.is_empty() {
        map.insert("$defs".into(), Value::Object(definitions));
    }
    map
}

/// The schema of an object nested in another. Goes through the generator, which notices a type
/// that contains itself.
pub fn object_schema<T: InputObject>(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<Nested<T>>()
}

struct Nested<T>(PhantomData<T>);

impl<T: InputObject> JsonSchema for Nested<T> {
    fn schema_name() -> Cow<'static, str> {
        T::OBJECT.name.into()
    }

    fn schema_id() -> Cow<'static, str> {
        std::any::type_name::<T>().into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        describe(generator, T::OBJECT)
    }
}

/// A type that is no object, and may contain itself all the same. Implemented by the attributes only;
/// a type may be both input and output.
#[doc(hidden)]
pub trait Named<const OUTPUT: bool> {
    /// The name of the type.
    const NAME: &'static str;
    /// Its schema.
    fn describe(generator: &mut SchemaGenerator) -> Schema;
}

/// The schema of a wrapper or a tagged enum, through the generator as in [`object_schema`].
pub fn named_schema<T: Named<OUTPUT>, const OUTPUT: bool>(
    generator: &mut SchemaGenerator,
) -> Schema {
    generator.subschema_for::<NestedNamed<T, OUTPUT>>()
}

struct NestedNamed<T, const OUTPUT: bool>(PhantomData<T>);

impl<T: Named<OUTPUT>, const OUTPUT: bool> JsonSchema for NestedNamed<T, OUTPUT> {
    fn schema_name() -> Cow<'static, str> {
        T::NAME.into()
    }

    fn schema_id() -> Cow<'static, str> {
        std::any::type_name::<T>().into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::describe(generator)
    }
}

fn describe(generator: &mut SchemaGenerator, object: &Object) -> Schema {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for field in object.fields {
        let mut schema = (field.schema)(generator, &field.rules);
        if !field.description.is_empty() {
            schema.insert("description".into(), field.description.into());
        }
        properties.insert(field.name.into(), schema.to_value());
        if !field.optional {
            required.push(field.name);
        }
    }
    let mut schema = json_schema!({ "type": "object", "additionalProperties": false });
    if !properties.is_empty() {
        schema.insert("properties".into(), Value::Object(properties));
    }
    if !required.is_empty() {
        schema.insert("required".into(), json!(required));
    }
    if !object.description.is_empty() {
        schema.insert("description".into(), object.description.into());
    }
    exceptions::note(&mut schema, object.name, object.exceptions);
    schema
}

/// The schema of a tuple struct with one field: that of the field.
pub fn wrapped_schema<T>(
    generator: &mut SchemaGenerator,
    description: &str,
    field: &FieldOf<T>,
) -> Schema {
    let field = &field.field;
    let mut schema = (field.schema)(generator, &field.rules);
    if !description.is_empty() {
        schema.insert("description".into(), description.into());
    }
    schema
}

/// The schema of an enum without data: one of these names, each with its meaning.
#[must_use]
pub fn choice_schema(description: &str, choices: &[(&'static str, &'static str)]) -> Schema {
    let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
    let meanings = choices.iter().filter(|(_, meaning)| !meaning.is_empty());
    let mut text = description.to_owned();
    for (name, meaning) in meanings {
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(&format!("- `{name}`: {meaning}"));
    }
    let mut schema = json_schema!({ "type": "string", "enum": names });
    if !text.is_empty() {
        schema.insert("description".into(), text.into());
    }
    schema
}

/// The schema of an enum with data: one object a variant, told apart by the tag.
pub fn tagged_schema(
    generator: &mut SchemaGenerator,
    (name, description): (&'static str, &'static str),
    tag: &'static str,
    variants: &[&'static Object],
    lifted: &[Exception],
) -> Schema {
    let variants: Vec<Value> = variants
        .iter()
        .map(|variant| {
            let mut value = describe(generator, variant).to_value();
            add_tag(&mut value, tag, variant.name);
            value
        })
        .collect();
    let mut schema = json_schema!({ "oneOf": variants });
    if !description.is_empty() {
        schema.insert("description".into(), description.into());
    }
    exceptions::note(&mut schema, name, lifted);
    schema
}

fn add_tag(variant: &mut Value, tag: &str, name: &str) {
    let properties = &mut variant["properties"];
    if properties.is_null() {
        *properties = json!({});
    }
    properties[tag] = json!({ "const": name });
    match variant["required"].as_array_mut() {
        Some(required) => required.insert(0, json!(tag)),
        None => variant["required"] = json!([tag]),
    }
}
