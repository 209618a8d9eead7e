//! Lists with their bounds in their type.

use std::ops::Deref;

use schemars::{Schema, SchemaGenerator};
use serde_json::Value;

use super::OutOfBounds;
use crate::input::collections::{LIST_CEILING, decode_list, list_schema, part_fault};
use crate::input::{At, DeclaresNothing, Input, Rules, Violations};
use crate::kind::Kind;

/// A list of `MIN` to `MAX` items.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct List<T, const MIN: usize, const MAX: usize>(Vec<T>);

impl<T, const MIN: usize, const MAX: usize> List<T, MIN, MAX> {
    /// The items themselves.
    #[must_use]
    pub fn into_vec(self) -> Vec<T> {
        self.0
    }
}

impl<T, const MIN: usize, const MAX: usize> Deref for List<T, MIN, MAX> {
    type Target = [T];
    fn deref(&self) -> &[T] {
        &self.0
    }
}

impl<T, const MIN: usize, const MAX: usize> IntoIterator for List<T, MIN, MAX> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<T, const MIN: usize, const MAX: usize> TryFrom<Vec<T>> for List<T, MIN, MAX> {
    type Error = OutOfBounds;
    fn try_from(items: Vec<T>) -> Result<Self, OutOfBounds> {
        let fits = (MIN..=MAX).contains(&items.len());
        fits.then_some(Self(items)).ok_or(OutOfBounds)
    }
}

impl<T: Input, const MIN: usize, const MAX: usize, D: DeclaresNothing> Input<D>
    for List<T, MIN, MAX>
{
    const KIND: Kind = T::KIND;
    const FAULT: Option<&'static str> = if MIN > MAX {
        Some("`List<T, MIN, MAX>` needs MIN <= MAX: no list has such a length")
    } else if MAX as u64 > LIST_CEILING {
        Some("`List` may have at most 10 000 items")
    } else {
        part_fault(T::FAULT, T::IS_RESOURCE)
    };

    fn schema(generator: &mut SchemaGenerator, _: &Rules) -> Schema {
        list_schema::<T>(generator, MIN as u64, MAX as u64)
    }

    fn decode(value: Value, _: &Rules, at: &At<'_>, violations: &mut Violations) -> Option<Self> {
        decode_list(value, MIN as u64, MAX as u64, at, violations).map(Self)
    }
}
