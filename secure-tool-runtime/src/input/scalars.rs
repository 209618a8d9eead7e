//! Booleans, numbers, characters and text.

use schemars::{Schema, SchemaGenerator, json_schema};
use serde_json::{Value, json};

use crate::kind::Kind;

use super::violation::{Demand, Unit};
use super::{
    At, DeclaresLength, DeclaresNoLength, DeclaresNothing, DeclaresRange, Input, Rules, Violations,
};

/// The greatest maximum that a text may declare: 2^20 characters.
pub(super) const TEXT_CEILING: u64 = 1 << 20;

impl<D: DeclaresNothing> Input<D> for bool {
    const KIND: Kind = Kind::Other;

    fn schema(_: &mut SchemaGenerator, _: &Rules) -> Schema {
        json_schema!({ "type": "boolean" })
    }

    fn decode(value: Value, _: &Rules, at: &At<'_>, violations: &mut Violations) -> Option<Self> {
        if let Value::Bool(value) = value {
            return Some(value);
        }
        violations.add(at, "type", "must be true or false");
        None
    }
}

impl<D: DeclaresNothing> Input<D> for char {
    const KIND: Kind = Kind::Text;

    fn schema(_: &mut SchemaGenerator, _: &Rules) -> Schema {
        json_schema!({ "type": "string", "minLength": 1, "maxLength": 1 })
    }

    fn decode(value: Value, _: &Rules, at: &At<'_>, violations: &mut Violations) -> Option<Self> {
        let one = value.as_str().and_then(|text| {
            let mut characters = text.chars();
            characters.next().filter(|_| characters.next().is_none())
        });
        if one.is_none() {
            violations.add(at, "type", "must be a single character");
        }
        one
    }
}

impl<D: DeclaresLength> Input<D> for String {
    const KIND: Kind = Kind::Text;
    const LENGTH_CEILING: u64 = TEXT_CEILING;

    fn schema(_: &mut SchemaGenerator, rules: &Rules) -> Schema {
        let (min, max) = rules.length_bounds();
        let mut schema = text_schema(min, max);
        rules.describe_text(&mut schema);
        schema
    }

    fn decode(
        value: Value,
        rules: &Rules,
        at: &At<'_>,
        violations: &mut Violations,
    ) -> Option<Self> {
        let (min, max) = rules.length_bounds();
        let text = decode_text(value, min, max, at, violations)?;
        rules.check_text(&text, at, violations).then_some(text)
    }
}

pub(super) fn text_schema(min: u64, max: u64) -> Schema {
    let mut schema = json_schema!({ "type": "string", "maxLength": max });
    if min > 0 {
        schema.insert("minLength".into(), min.into());
    }
    schema
}

/// Text of `min..=max` characters. What is far too long is refused by its size in bytes alone.
pub(super) fn decode_text(
    value: Value,
    min: u64,
    max: u64,
    at: &At<'_>,
    violations: &mut Violations,
) -> Option<String> {
    let Value::String(text) = value else {
        violations.add(at, "type", "must be text");
        return None;
    };
    if has_length(&text, min, max) {
        return Some(text);
    }
    violations.add(at, "length", Demand::Length { min, max, unit: Unit::Characters });
    None
}

/// Counts characters as JSON Schema does, and only where the number of bytes leaves it open.
pub(super) fn has_length(text: &str, min: u64, max: u64) -> bool {
    let bytes = text.len() as u64;
    if bytes < min || bytes > max.saturating_mul(4) {
        return false;
    }
    let surely_enough = bytes >= min.saturating_mul(4);
    if surely_enough && bytes <= max {
        return true;
    }
    let characters = text.chars().count() as u64;
    min <= characters && characters <= max
}

/// An integer in `min..=max`. `1.0` is one.
pub(super) fn decode_integer(
    value: &Value,
    min: i64,
    max: i64,
    at: &At<'_>,
    violations: &mut Violations,
) -> Option<i64> {
    let Value::Number(number) = value else {
        violations.add(at, "type", "must be a whole number");
        return None;
    };
    // Above `i64::MAX` is above every bound; a float is `None` in the first two views.
    let integer = number
        .as_i64()
        .or_else(|| number.as_u64().map(|_| i64::MAX))
        .or_else(|| whole(number.as_f64()?));
    match integer {
        Some(integer) if (min..=max).contains(&integer) => Some(integer),
        Some(_) => {
            violations.add(at, "range", Demand::Integer(min, max));
            None
        }
        None => {
            violations.add(at, "type", "must be a whole number");
            None
        }
    }
}

/// The greatest integer to which all smaller ones are exact as floats.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// JSON Schema holds `1.0` to be an integer, so we do too, as far as it is exact.
fn whole(float: f64) -> Option<i64> {
    (float.fract() == 0.0 && float.abs() <= EXACT).then_some(float as i64)
}

pub(super) fn integer_schema(min: i64, max: i64) -> Schema {
    json_schema!({ "type": "integer", "minimum": min, "maximum": max })
}

/// The declared range within what the type can hold.
fn clamp(rules: &Rules, least: i64, greatest: i64) -> (i64, i64) {
    match rules.range_bounds() {
        None => (least, greatest),
        // Exact: declared ends are within ±2^53. Rounding inwards keeps what is declared.
        Some((min, max)) => (least.max(min.ceil() as i64), greatest.min(max.floor() as i64)),
    }
}

macro_rules! integer {
    ($type:ty, $least:expr, $greatest:expr, [$($declared:tt)*]) => {
        impl $($declared)* for $type {
            const KIND: Kind = Kind::Number;
            const RANGE: Option<(i64, i64)> = Some(($least, $greatest));

            fn schema(_: &mut SchemaGenerator, rules: &Rules) -> Schema {
                let (min, max) = clamp(rules, $least, $greatest);
                integer_schema(min, max)
            }

            fn decode(
                value: Value,
                rules: &Rules,
                at: &At<'_>,
                violations: &mut Violations,
            ) -> Option<Self> {
                let (min, max) = clamp(rules, $least, $greatest);
                let integer = decode_integer(&value, min, max, at, violations)?;
                <$type>::try_from(integer).ok()
            }
        }
    };
}

macro_rules! narrow {
    ($($type:ty),*) => { $(
        integer!($type, <$type>::MIN as i64, <$type>::MAX as i64, [<D: DeclaresNoLength> Input<D>]);
    )* };
}

// Narrow enough to be harmless without a declared range.
narrow!(u8, i8, u16, i16);
integer!(u32, 0, u32::MAX as i64, [<D: DeclaresRange> Input<D>]);
integer!(i32, i32::MIN as i64, i32::MAX as i64, [<D: DeclaresRange> Input<D>]);
integer!(u64, 0, i64::MAX, [<D: DeclaresRange> Input<D>]);
integer!(i64, i64::MIN, i64::MAX, [<D: DeclaresRange> Input<D>]);
integer!(usize, 0, i64::MAX, [<D: DeclaresRange> Input<D>]);
integer!(isize, i64::MIN, i64::MAX, [<D: DeclaresRange> Input<D>]);

/// True for an integer that a float can hold, so that comparing the float compares the integer.
fn is_exact(value: &Value) -> bool {
    let magnitude = value.as_u64().or_else(|| value.as_i64().map(i64::unsigned_abs));
    magnitude.is_some_and(|magnitude| magnitude <= EXACT as u64)
}

macro_rules! float {
    ($($type:ty),*) => { $(
        impl<D: DeclaresRange> Input<D> for $type {
            const KIND: Kind = Kind::Number;

            fn schema(_: &mut SchemaGenerator, rules: &Rules) -> Schema {
                match rules.range_bounds() {
                    Some((min, max)) => {
                        json_schema!({ "type": "number", "minimum": json!(min), "maximum": json!(max) })
                    }
                    None => json_schema!(false),
                }
            }

            fn decode(
                value: Value,
                rules: &Rules,
                at: &At<'_>,
                violations: &mut Violations,
            ) -> Option<Self> {
                let Some(number) = value.as_f64() else {
                    violations.add(at, "type", "must be a number");
                    return None;
                };
                let (min, max) = rules.range_bounds()?;
                // An integer beyond would be rounded, and perhaps into the range.
                let exact = value.is_f64() || is_exact(&value);
                // Written so that NaN fails.
                if exact && min <= number && number <= max {
                    let rounded = number as $type;
                    // Rounded towards the inside, or what is handed over is out of the range.
                    let inside = match f64::from(rounded) {
                        above if above > max => rounded.next_down(),
                        below if below < min => rounded.next_up(),
                        _ => rounded,
                    };
                    // Between two neighbours that are both outside, there is nothing to hand over.
                    if (min..=max).contains(&f64::from(inside)) {
                        return Some(inside);
                    }
                }
                violations.add(at, "range", Demand::Float(min, max));
                None
            }
        }
    )* };
}

float!(f32, f64);
