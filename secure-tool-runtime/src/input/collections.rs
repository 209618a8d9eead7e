//! Options, boxes, lists, sets and maps.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::hash::Hash;

use schemars::{Schema, SchemaGenerator, json_schema};
use serde_json::Value;

use crate::kind::Kind;

use super::violation::{Demand, Unit};
use super::{At, DeclaresLength, DeclaresNothing, Input, Rules, Violations};

/// The greatest maximum that a collection may declare.
pub(super) const LIST_CEILING: u64 = 10_000;

/// What is wrong with a type that contains another one: a resource in it would be loaded by nobody.
pub(super) const fn part_fault(
    fault: Option<&'static str>,
    is_resource: bool,
) -> Option<&'static str> {
    match is_resource {
        true => Some(
            "an owned resource is a parameter of its own: it is not loaded as a part of other input",
        ),
        false => fault,
    }
}

impl<T: Input<D>, D> Input<D> for Option<T> {
    // Twice optional is no parameter of its own.
    const FAULT: Option<&'static str> = part_fault(T::FAULT, T::IS_RESOURCE && T::OPTIONAL);
    const KIND: Kind = T::KIND;
    const NAMES_SUBJECT: bool = T::NAMES_SUBJECT;
    const IS_RESOURCE: bool = T::IS_RESOURCE;
    const LENGTH_CEILING: u64 = T::LENGTH_CEILING;
    const RANGE: Option<(i64, i64)> = T::RANGE;
    const OPTIONAL: bool = true;

    fn schema(generator: &mut SchemaGenerator, rules: &Rules) -> Schema {
        json_schema!({ "anyOf": [T::schema(generator, rules), { "type": "null" }] })
    }

    fn decode(
        value: Value,
        rules: &Rules,
        at: &At<'_>,
        violations: &mut Violations,
    ) -> Option<Self> {
        match value {
            Value::Null => Some(None),
            value => T::decode(value, rules, at, violations).map(Some),
        }
    }
}

impl<T: Input<D>, D> Input<D> for Box<T> {
    const KIND: Kind = T::KIND;
    const FAULT: Option<&'static str> = part_fault(T::FAULT, T::IS_RESOURCE);
    const LENGTH_CEILING: u64 = T::LENGTH_CEILING;
    const RANGE: Option<(i64, i64)> = T::RANGE;

    fn schema(generator: &mut SchemaGenerator, rules: &Rules) -> Schema {
        T::schema(generator, rules)
    }

    fn decode(
        value: Value,
        rules: &Rules,
        at: &At<'_>,
        violations: &mut Violations,
    ) -> Option<Self> {
        T::decode(value, rules, at, violations).map(Box::new)
    }
}

impl<T: Input, D: DeclaresLength> Input<D> for Vec<T> {
    const KIND: Kind = T::KIND;
    const FAULT: Option<&'static str> = part_fault(T::FAULT, T::IS_RESOURCE);
    const LENGTH_CEILING: u64 = LIST_CEILING;

    fn schema(generator: &mut SchemaGenerator, rules: &Rules) -> Schema {
        let (min, max) = rules.length_bounds();
        list_schema::<T>(generator, min, max)
    }

    fn decode(
        value: Value,
        rules: &Rules,
        at: &At<'_>,
        violations: &mut Violations,
    ) -> Option<Self> {
        let (min, max) = rules.length_bounds();
        decode_list(value, min, max, at, violations)
    }
}

/// A fixed number of items is a bound.
impl<T: Input, const N: usize, D: DeclaresNothing> Input<D> for [T; N] {
    const KIND: Kind = T::KIND;
    const NAMES_SUBJECT: bool = T::NAMES_SUBJECT;
    const FAULT: Option<&'static str> = if N as u64 > LIST_CEILING {
        Some("an array input may have at most 10 000 items")
    } else {
        part_fault(T::FAULT, T::IS_RESOURCE)
    };

    fn schema(generator: &mut SchemaGenerator, _: &Rules) -> Schema {
        list_schema::<T>(generator, N as u64, N as u64)
    }

    fn decode(value: Value, _: &Rules, at: &At<'_>, violations: &mut Violations) -> Option<Self> {
        let items = decode_list(value, N as u64, N as u64, at, violations)?;
        items.try_into().ok()
    }
}

pub(super) fn list_schema<T: Input>(generator: &mut SchemaGenerator, min: u64, max: u64) -> Schema {
    let mut schema = json_schema!({
        "type": "array",
        "items": T::schema(generator, &Rules::NONE),
        "maxItems": max,
    });
    if min > 0 {
        schema.insert("minItems".into(), min.into());
    }
    schema
}

/// A list of `min..=max` items. Counted before any item is looked at.
pub(super) fn decode_list<T: Input>(
    value: Value,
    min: u64,
    max: u64,
    at: &At<'_>,
    violations: &mut Violations,
) -> Option<Vec<T>> {
    let Value::Array(items) = value else {
        violations.add(at, "type", "must be a list");
        return None;
    };
    let length = items.len() as u64;
    if length < min || length > max {
        violations.add(at, "length", Demand::Length { min, max, unit: Unit::Items });
        return None;
    }
    let expected = items.len();
    let mut decoded = Vec::with_capacity(expected);
    for (index, item) in items.into_iter().enumerate() {
        if let Some(item) = T::decode(item, &Rules::NONE, &at.item(index), violations) {
            decoded.push(item);
        } else if violations.is_full() {
            return None;
        }
    }
    (decoded.len() == expected).then_some(decoded)
}

macro_rules! set {
    ($set:ident, $($needs:tt)*) => {
        impl<T: Input + $($needs)*, D: DeclaresLength> Input<D> for $set<T> {
            const KIND: Kind = T::KIND;
            const FAULT: Option<&'static str> = part_fault(T::FAULT, T::IS_RESOURCE);
            const LENGTH_CEILING: u64 = LIST_CEILING;

            fn schema(generator: &mut SchemaGenerator, rules: &Rules) -> Schema {
                let (min, max) = rules.length_bounds();
                let mut schema = list_schema::<T>(generator, min, max);
                schema.insert("uniqueItems".into(), true.into());
                schema
            }

            fn decode(
                value: Value,
                rules: &Rules,
                at: &At<'_>,
                violations: &mut Violations,
            ) -> Option<Self> {
                let (min, max) = rules.length_bounds();
                let items = decode_list::<T>(value, min, max, at, violations)?;
                let expected = items.len();
                let set: Self = items.into_iter().collect();
                if set.len() == expected {
                    return Some(set);
                }
                violations.add(at, "unique", "must not repeat an item");
                None
            }
        }
    };
}

set!(BTreeSet, Ord);
set!(HashSet, Eq + Hash);

macro_rules! map {
    ($map:ident, $($needs:tt)*) => {
        impl<K: Input + $($needs)*, V: Input, D: DeclaresLength> Input<D> for $map<K, V> {
            const KIND: Kind = K::KIND.strictest(V::KIND);
            const NAMES_SUBJECT: bool = K::KIND.is_subject() || V::KIND.is_subject();
            const FAULT: Option<&'static str> = match part_fault(K::FAULT, K::IS_RESOURCE) {
                Some(fault) => Some(fault),
                None => part_fault(V::FAULT, V::IS_RESOURCE),
            };
            const LENGTH_CEILING: u64 = LIST_CEILING;

            fn schema(generator: &mut SchemaGenerator, rules: &Rules) -> Schema {
                let (min, max) = rules.length_bounds();
                map_schema::<K, V>(generator, min, max)
            }

            fn decode(
                value: Value,
                rules: &Rules,
                at: &At<'_>,
                violations: &mut Violations,
            ) -> Option<Self> {
                decode_map(value, rules.length_bounds(), at, violations, Self::len)
            }
        }
    };
}

map!(BTreeMap, Ord);
map!(HashMap, Eq + Hash);

pub(super) fn map_schema<K: Input, V: Input>(
    generator: &mut SchemaGenerator,
    min: u64,
    max: u64,
) -> Schema {
    json_schema!({
        "type": "object",
        "propertyNames": K::schema(generator, &Rules::NONE),
        "additionalProperties": V::schema(generator, &Rules::NONE),
        "minProperties": min,
        "maxProperties": max,
    })
}

/// A map of `min..=max` entries. Counted before any entry is looked at.
pub(super) fn decode_map<K: Input, V: Input, M: FromIterator<(K, V)>>(
    value: Value,
    (min, max): (u64, u64),
    at: &At<'_>,
    violations: &mut Violations,
    count: fn(&M) -> usize,
) -> Option<M> {
    let Value::Object(entries) = value else {
        violations.add(at, "type", "must be an object");
        return None;
    };
    let expected = entries.len();
    if (expected as u64) < min || expected as u64 > max {
        violations.add(at, "length", Demand::Length { min, max, unit: Unit::Entries });
        return None;
    }
    let mut decoded = Vec::with_capacity(expected);
    for (index, (key, value)) in entries.into_iter().enumerate() {
        let at = at.entry(index);
        let key = K::decode(Value::String(key), &Rules::NONE, &at, violations);
        let value = V::decode(value, &Rules::NONE, &at, violations);
        if let (Some(key), Some(value)) = (key, value) {
            decoded.push((key, value));
        } else if violations.is_full() {
            return None;
        }
    }
    if decoded.len() < expected {
        return None;
    }
    let map: M = decoded.into_iter().collect();
    if count(&map) == expected {
        return Some(map);
    }
    // Keys that differ as text may be the same to their type.
    violations.add(at, "unique", "must not repeat a key");
    None
}
