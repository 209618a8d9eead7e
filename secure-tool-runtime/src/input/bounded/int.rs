//! Whole numbers with their bounds in their type.

use std::fmt;

use schemars::{Schema, SchemaGenerator};
use serde_json::Value;

use super::OutOfBounds;
use crate::input::scalars::{decode_integer, integer_schema};
use crate::input::{At, DeclaresNothing, Input, Rules, Violations};
use crate::kind::Kind;

/// A whole number from `MIN` to `MAX`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Int<const MIN: i64, const MAX: i64>(i64);

impl<const MIN: i64, const MAX: i64> Int<MIN, MAX> {
    /// The number itself.
    #[must_use]
    pub fn get(self) -> i64 {
        self.0
    }
}

impl<const MIN: i64, const MAX: i64> fmt::Display for Int<MIN, MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<const MIN: i64, const MAX: i64> TryFrom<i64> for Int<MIN, MAX> {
    type Error = OutOfBounds;
    fn try_from(number: i64) -> Result<Self, OutOfBounds> {
        (MIN..=MAX).contains(&number).then_some(Self(number)).ok_or(OutOfBounds)
    }
}

impl<const MIN: i64, const MAX: i64, D: DeclaresNothing> Input<D> for Int<MIN, MAX> {
    const KIND: Kind = Kind::Number;
    const FAULT: Option<&'static str> = if MIN > MAX {
        Some("`Int<MIN, MAX>` needs MIN <= MAX: no number is in this range")
    } else if MIN < -(1 << 53) || MAX > 1 << 53 {
        Some("JSON carries no number beyond 2^53 exactly: choose a smaller range")
    } else {
        None
    };

    fn schema(_: &mut SchemaGenerator, _: &Rules) -> Schema {
        integer_schema(MIN, MAX)
    }

    fn decode(value: Value, _: &Rules, at: &At<'_>, violations: &mut Violations) -> Option<Self> {
        decode_integer(&value, MIN, MAX, at, violations).map(Self)
    }
}
