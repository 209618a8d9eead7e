//! Objects and choices: what `#[secure_output]` expands to.

use std::borrow::Cow;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value, json};

use super::{MASK, Output};
use crate::exceptions;
use crate::kind::Kind;
use crate::policy::Exception;

/// A field, as far as it can be described without its type.
#[derive(Debug, Clone, Copy)]
pub struct OutputField {
    name: &'static str,
    description: &'static str,
    pub(super) kind: Kind,
    schema: fn(&mut SchemaGenerator) -> Schema,
}

impl OutputField {
    /// A field that is there, but hidden behind [`MASK`].
    #[must_use]
    pub const fn masked(name: &'static str, description: &'static str) -> Self {
        fn schema(_: &mut SchemaGenerator) -> Schema {
            json_schema!({ "type": "string", "const": MASK })
        }
        OutputField { name, description, kind: Kind::Other, schema }
    }

    /// Fails if the name says secret, and the value could be one.
    ///
    /// # Panics
    /// At compile time, in a `const _`, at the place of the name.
    #[track_caller]
    pub const fn must_not_tell(&self, message: &'static str) {
        if self.kind.identifies() {
            panic!("{}", message);
        }
    }
}

/// A field of type `T` that is disclosed as it is.
#[derive(Debug, Clone, Copy)]
pub struct OutputFieldOf<T> {
    /// What does not depend on the type.
    pub field: OutputField,
    disclose: fn(T) -> Value,
    is_object: bool,
}

/// The one place of an expansion that asks for [`Output`], so that the compiler complains once, at
/// the type as the user wrote it. Its name is part of what the compiler says.
#[must_use]
pub const fn output_has_to_be_declared<T: Output>(
    name: &'static str,
    description: &'static str,
) -> OutputFieldOf<T> {
    let field = OutputField { name, description, kind: T::KIND, schema: T::schema };
    OutputFieldOf { field, disclose: T::disclose, is_object: T::IS_OBJECT }
}

impl<T> OutputFieldOf<T> {
    /// The nature of the value.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.field.kind
    }

    /// True if the value is a JSON object.
    #[must_use]
    pub const fn is_object(&self) -> bool {
        self.is_object
    }
}

/// Fails where no field could break the rule about names that is lifted for them.
///
/// # Panics
/// At compile time, in a `const _`, at the place of the first name.
#[track_caller]
pub const fn secret_needs_exception(fields: &[&OutputField], message: &'static str) {
    let mut index = 0;
    while index < fields.len() {
        if fields[index].kind.identifies() {
            return;
        }
        index += 1;
    }
    panic!("{}", message);
}

/// An object that may leave the server. Implemented by the attribute only.
#[doc(hidden)]
pub trait OutputObject: Sized {
    /// The name of the type.
    const NAME: &'static str;
    /// What it means, for the model.
    const DESCRIPTION: &'static str;
    /// What is disclosed of it.
    const FIELDS: &'static [&'static OutputField];
    /// The rules that are lifted for it.
    const EXCEPTIONS: &'static [Exception] = &[];
}

/// The schema of an object. Goes through the generator, which notices a type that contains itself.
pub fn output_object_schema<T: OutputObject>(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<Nested<T>>()
}

struct Nested<T>(PhantomData<T>);

impl<T: OutputObject> JsonSchema for Nested<T> {
    fn schema_name() -> Cow<'static, str> {
        T::NAME.into()
    }

    fn schema_id() -> Cow<'static, str> {
        std::any::type_name::<T>().into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut properties = Map::new();
        for field in T::FIELDS {
            let mut schema = (field.schema)(generator);
            if !field.description.is_empty() {
                schema.insert("description".into(), field.description.into());
            }
            properties.insert(field.name.into(), schema.to_value());
        }
        let names: Vec<&str> = T::FIELDS.iter().map(|field| field.name).collect();
        let mut schema = json_schema!({ "type": "object", "additionalProperties": false });
        if !names.is_empty() {
            schema.insert("properties".into(), Value::Object(properties));
            schema.insert("required".into(), json!(names));
        }
        if !T::DESCRIPTION.is_empty() {
            schema.insert("description".into(), T::DESCRIPTION.into());
        }
        exceptions::note(&mut schema, T::NAME, T::EXCEPTIONS);
        schema
    }
}

/// An object being disclosed, field by field.
#[derive(Debug, Default)]
pub struct Disclosure(Map<String, Value>);

impl Disclosure {
    /// Begins an object.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Discloses a field.
    #[must_use]
    pub fn open<T>(mut self, field: &OutputFieldOf<T>, value: T) -> Self {
        self.0.insert(field.field.name.to_owned(), (field.disclose)(value));
        self
    }

    /// Says that there is a field, and no more.
    #[must_use]
    pub fn masked(mut self, field: &OutputField) -> Self {
        self.0.insert(field.name.to_owned(), Value::String(MASK.to_owned()));
        self
    }

    /// Ends the object.
    #[must_use]
    pub fn close(self) -> Value {
        Value::Object(self.0)
    }
}

/// The value inside a tuple struct with one field.
pub fn output_wrapped<T>(field: &OutputFieldOf<T>, value: T) -> Value {
    (field.disclose)(value)
}

/// The schema of a tuple struct with one field: that of the field.
pub fn output_wrapped_schema<T>(
    generator: &mut SchemaGenerator,
    description: &str,
    field: &OutputFieldOf<T>,
) -> Schema {
    let mut schema = (field.field.schema)(generator);
    if !description.is_empty() {
        schema.insert("description".into(), description.into());
    }
    schema
}
