//! Objects, choices and wrappers: what `#[secure_input]` and the input of a tool expand to.
//!
//! An expansion is one constant a field and a few calls; everything else is here.

use schemars::{Schema, SchemaGenerator};
use serde_json::Value;

use super::violation::{Demand, push_names};
use crate::kind::Kind;
use crate::policy::Exception;

use super::{At, Input, Length, Rules, Textual, Violations};
use crate::audit::Shape;

/// A usual length of a demand that lists names: room for it is made at once.
const DEMAND: usize = 96;

/// A field, as far as it can be described without its type.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// Its name on the wire.
    pub name: &'static str,
    /// What it means, for the model.
    pub description: &'static str,
    /// True if it may be left out.
    pub optional: bool,
    kind: Kind,
    names_subject: bool,
    is_resource: bool,
    type_fault: Option<&'static str>,
    length_ceiling: u64,
    range: Option<(i64, i64)>,
    pub(super) rules: Rules,
    pub(super) schema: fn(&mut SchemaGenerator, &Rules) -> Schema,
}

/// A field of type `T`.
#[derive(Debug, Clone, Copy)]
pub struct FieldOf<T> {
    /// What does not depend on the type.
    pub field: Field,
    decode: Decode<T>,
}

type Decode<T> = fn(Value, &Rules, &At<'_>, &mut Violations) -> Option<T>;

/// The one place of an expansion that asks whether a type is bounded, so that the compiler complains
/// once, at the type as the user wrote it. Its name is part of what the compiler says.
#[must_use]
pub const fn input_has_to_be_bounded<T: Input<D>, D>(
    name: &'static str,
    description: &'static str,
    rules: Rules,
) -> FieldOf<T> {
    let field = Field {
        name,
        description,
        optional: T::OPTIONAL,
        kind: T::KIND,
        names_subject: T::NAMES_SUBJECT,
        is_resource: T::IS_RESOURCE,
        type_fault: T::FAULT,
        length_ceiling: T::LENGTH_CEILING,
        range: T::RANGE,
        rules,
        schema: T::schema,
    };
    FieldOf { field, decode: T::decode }
}

/// As [`input_has_to_be_bounded`], where the form of the value is checked, too.
#[must_use]
pub const fn only_text_has_a_form<T: Textual>(
    name: &'static str,
    description: &'static str,
    rules: Rules,
) -> FieldOf<T> {
    input_has_to_be_bounded::<T, Length>(name, description, rules)
}

impl Field {
    /// True if it is certain to name a principal.
    #[must_use]
    pub const fn names_subject(&self) -> bool {
        self.names_subject
    }

    /// The nature of the value.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// Fails where the type says bounds that cannot be met.
    ///
    /// # Panics
    /// At compile time: expansions evaluate this in a `const _`, which has no name to appear in the
    /// error, and give it the place of the type.
    #[track_caller]
    pub const fn check_type(&self) {
        if let Some(fault) = self.type_fault {
            panic!("{}", fault);
        }
    }

    /// As [`Field::check_type`], where nothing is loaded: in a type of the user's, or before a check of
    /// theirs.
    ///
    /// # Panics
    /// As [`Field::check_type`].
    #[track_caller]
    pub const fn check_unloaded_type(&self) {
        assert!(
            !self.is_resource,
            "an owned resource is loaded where it is a parameter of its own, and checked in the body or \
            by a policy: not as a part of other input, and not under `custom`"
        );
        self.check_type();
    }

    /// Fails where the name says that the value is a secret or a sink, and it could be one.
    ///
    /// # Panics
    /// As [`Field::check_type`], at the place of the name.
    #[track_caller]
    pub const fn must_not_be_text(&self, message: &'static str) {
        if self.kind.is_text() {
            panic!("{}", message);
        }
    }

    /// Fails where the name says that the value is somebody, and it is no [`Subject`](crate::Subject).
    ///
    /// # Panics
    /// As [`Field::check_type`], at the place of the name.
    #[track_caller]
    pub const fn must_not_identify(&self, message: &'static str) {
        if self.kind.identifies() {
            panic!("{}", message);
        }
    }

    /// Fails where the declared bounds cannot be met, or are beyond the ceiling.
    ///
    /// # Panics
    /// As [`Field::check_type`], at the place of the bounds.
    #[track_caller]
    pub const fn check_rules(&self) {
        if let Some(fault) = self.rules.fault() {
            panic!("{}", fault);
        }
        if let Some((least, greatest)) = self.range
            && !self.rules.meets(least, greatest)
        {
            panic!("no value of this type is in this range");
        }
        if let Some(greatest) = self.rules.greatest_length() {
            assert!(
                greatest <= self.length_ceiling,
                "`max` is beyond the ceiling: 1 048 576 characters for text, 10 000 items for collections"
            );
        }
    }
}

/// The description of an object: its fields in the order of declaration.
#[derive(Debug, Clone, Copy)]
pub struct Object {
    /// The name of the type.
    pub name: &'static str,
    /// What it means, for the model; empty if nothing is said.
    pub description: &'static str,
    /// Its fields.
    pub fields: &'static [&'static Field],
    /// The rules that are lifted for it.
    pub exceptions: &'static [Exception],
}

impl Object {
    /// True if one of its fields names a principal.
    #[must_use]
    pub const fn names_subject(&self) -> bool {
        // No iterators in constants.
        let mut index = 0;
        while index < self.fields.len() {
            if self.fields[index].names_subject {
                return true;
            }
            index += 1;
        }
        false
    }

    /// Fails where a tool that requires neither role nor policy acts on somebody else.
    ///
    /// # Panics
    /// As [`Field::check_type`], at the place of the authorization.
    #[track_caller]
    pub const fn must_be_about_the_caller(&self) {
        assert!(
            !self.names_subject(),
            "this tool takes a `Subject` and acts on somebody else, but a scope says nothing about \
            whom: require a role or decide by policy\nhelp: role = \"admin\""
        );
    }
}

/// Fails where no field could break the rule about names that is lifted for them.
///
/// # Panics
/// As [`Field::check_type`], at the place of the first name.
#[track_caller]
pub const fn text_needs_exception(fields: &[&Field], message: &'static str) {
    let mut index = 0;
    while index < fields.len() {
        if fields[index].kind.is_text() {
            return;
        }
        index += 1;
    }
    panic!("{}", message);
}

/// True if one of the variants of a tagged enum names a principal.
#[must_use]
pub const fn any_names_subject(objects: &[&Object]) -> bool {
    let mut index = 0;
    while index < objects.len() {
        if objects[index].names_subject() {
            return true;
        }
        index += 1;
    }
    false
}

/// An object that a client may send: the whole input of a tool, or a type with `#[secure_input]`.
/// Implemented by the attributes only. The input of a tool is no [`Input`], so that the compiler
/// never suggests it where another type is wrong.
#[doc(hidden)]
pub trait InputObject: Sized {
    /// Its description.
    const OBJECT: &'static Object;

    /// As [`Input::decode`]; tells `seen` what the fields look like, before any is decoded.
    fn decode_object(
        value: Value,
        seen: Option<&mut Shape>,
        at: &At<'_>,
        violations: &mut Violations,
    ) -> Option<Self>;
}

/// An object being taken apart, field by field.
#[derive(Debug)]
pub struct Fields<'a> {
    /// The values, in the order of the fields.
    values: &'a mut [Option<Value>],
    unknown: usize,
    object: &'static Object,
    at: &'a At<'a>,
    violations: &'a mut Violations,
}

impl<'a> Fields<'a> {
    /// Begins with a value that has to be an object, and gives each of its members the place of its
    /// field among `values`.
    pub fn open(
        value: Value,
        values: &'a mut [Option<Value>],
        object: &'static Object,
        at: &'a At<'a>,
        violations: &'a mut Violations,
    ) -> Option<Self> {
        let Value::Object(map) = value else {
            violations.add(at, "type", "must be an object");
            return None;
        };
        let mut unknown = 0;
        // Once over the map, as dropping it has to go anyway.
        for (name, value) in map {
            let field = object.fields.iter().position(|field| field.name == name);
            match field.and_then(|index| values.get_mut(index)) {
                Some(place) => *place = Some(value),
                None => unknown += 1,
            }
        }
        Some(Self { values, unknown, object, at, violations })
    }

    /// Tells what the fields look like.
    pub fn describe(&self, seen: Option<&mut Shape>) {
        let Some(shape) = seen else { return };
        for (field, value) in self.object.fields.iter().zip(&*self.values) {
            if let Some(value) = value {
                shape.push(field.name, value);
            }
        }
        shape.push_unnamed(self.unknown);
    }

    /// Takes the field of that index out and decodes it.
    pub fn take<T>(&mut self, index: usize, field: &FieldOf<T>) -> Option<T> {
        let at = self.at.field(field.field.name);
        let value = match self.values.get_mut(index).and_then(Option::take) {
            Some(value) => value,
            None if field.field.optional => Value::Null,
            None => {
                self.violations.add(&at, "required", "is missing");
                return None;
            }
        };
        (field.decode)(value, &field.field.rules, &at, self.violations)
    }

    /// Applies a check of the user's own. Only its name is told, never what it says.
    pub fn custom<T, E>(
        &mut self,
        field: &FieldOf<T>,
        value: Option<T>,
        name: &'static str,
        check: impl FnOnce(&T) -> Result<(), E>,
    ) -> Option<T> {
        let at = self.at.field(field.field.name);
        custom(value, name, check, &at, self.violations)
    }

    /// Ends: what nobody took is unknown, and refused. Its name is the client's and is not told.
    #[must_use]
    pub fn close(self) -> bool {
        if self.unknown == 0 {
            return true;
        }
        self.violations.add_with(self.at, "unknown", || Demand::Fields(self.object));
        false
    }
}

/// Decodes a value that has to be one of the names in `choices`.
pub fn choice<T: Copy>(
    value: &Value,
    choices: &[(&'static str, T)],
    at: &At<'_>,
    violations: &mut Violations,
) -> Option<T> {
    let chosen = value.as_str().and_then(|text| choices.iter().find(|(name, _)| *name == text));
    if let Some((_, chosen)) = chosen {
        return Some(*chosen);
    }
    violations.add_with(at, "choice", || {
        let mut demand = String::with_capacity(DEMAND);
        demand.push_str("must be one of ");
        push_names(&mut demand, choices.iter().map(|(name, _)| *name));
        Demand::Written(demand.into())
    });
    None
}

/// Takes the tag out of an object that says which variant of an enum it is.
pub fn tagged<T: Copy>(
    value: &mut Value,
    tag: &'static str,
    choices: &[(&'static str, T)],
    at: &At<'_>,
    violations: &mut Violations,
) -> Option<T> {
    let Value::Object(map) = value else {
        violations.add(at, "type", "must be an object");
        return None;
    };
    match map.remove(tag) {
        Some(name) => choice(&name, choices, &at.field(tag), violations),
        None => {
            violations.add(&at.field(tag), "required", "is missing");
            None
        }
    }
}

/// Decodes the only field of a tuple struct, which is the value itself.
pub fn wrapped<T>(
    value: Value,
    field: &FieldOf<T>,
    at: &At<'_>,
    violations: &mut Violations,
) -> Option<T> {
    (field.decode)(value, &field.field.rules, at, violations)
}

/// Applies a check of the user's own to a value that is no field of an object.
pub fn custom<T, E>(
    value: Option<T>,
    name: &'static str,
    check: impl FnOnce(&T) -> Result<(), E>,
    at: &At<'_>,
    violations: &mut Violations,
) -> Option<T> {
    let value = value?;
    if check(&value).is_ok() {
        return Some(value);
    }
    violations.add_with(at, "custom", || Demand::Custom(name));
    None
}

/// What takes one variant of a tagged enum apart.
pub type DecodeVariant<T> = fn(Value, &At<'_>, &mut Violations) -> Option<T>;
