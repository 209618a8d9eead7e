//! Maps with their bounds in their type.

use std::collections::{BTreeMap, btree_map};
use std::ops::Deref;

use schemars::{Schema, SchemaGenerator};
use serde_json::Value;

use super::OutOfBounds;
use crate::input::collections::{LIST_CEILING, decode_map, map_schema, part_fault};
use crate::input::{At, DeclaresNothing, Input, Rules, Violations};
use crate::kind::Kind;

/// A map of `MIN` to `MAX` entries, in the order of their keys.
///
/// Keys and values are bounded in turn, as elements of a list are: `Map<Text<1, 32>, Text<0, 200>, 0, 10>`.
///
/// ```
/// use std::collections::BTreeMap;
/// use secure_tool_runtime::{Map, Text};
///
/// let port = BTreeMap::from([(Text::<1, 32>::try_from("ssh")?, 22_u16)]);
/// let ports: Map<Text<1, 32>, u16, 0, 10> = port.try_into()?;
/// assert_eq!(ports.get("ssh"), Some(&22));
/// # Ok::<(), secure_tool_runtime::OutOfBounds>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Map<K, V, const MIN: usize, const MAX: usize>(BTreeMap<K, V>);

impl<K, V, const MIN: usize, const MAX: usize> Map<K, V, MIN, MAX> {
    /// The entries themselves.
    #[must_use]
    pub fn into_map(self) -> BTreeMap<K, V> {
        self.0
    }
}

impl<K, V, const MIN: usize, const MAX: usize> Deref for Map<K, V, MIN, MAX> {
    type Target = BTreeMap<K, V>;
    fn deref(&self) -> &BTreeMap<K, V> {
        &self.0
    }
}

impl<K, V, const MIN: usize, const MAX: usize> IntoIterator for Map<K, V, MIN, MAX> {
    type Item = (K, V);
    type IntoIter = btree_map::IntoIter<K, V>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<K, V, const MIN: usize, const MAX: usize> TryFrom<BTreeMap<K, V>> for Map<K, V, MIN, MAX> {
    type Error = OutOfBounds;
    fn try_from(entries: BTreeMap<K, V>) -> Result<Self, OutOfBounds> {
        let fits = (MIN..=MAX).contains(&entries.len());
        fits.then_some(Self(entries)).ok_or(OutOfBounds)
    }
}

impl<K, V, const MIN: usize, const MAX: usize, D> Input<D> for Map<K, V, MIN, MAX>
where
    K: Input + Ord,
    V: Input,
    D: DeclaresNothing,
{
    const KIND: Kind = K::KIND.strictest(V::KIND);
    const NAMES_SUBJECT: bool = K::KIND.is_subject() || V::KIND.is_subject();
    const FAULT: Option<&'static str> = if MIN > MAX {
        Some("`Map<K, V, MIN, MAX>` needs MIN <= MAX: no map has such a length")
    } else if MAX as u64 > LIST_CEILING {
        Some("`Map` may have at most 10 000 entries")
    } else {
        match part_fault(K::FAULT, K::IS_RESOURCE) {
            Some(fault) => Some(fault),
            None => part_fault(V::FAULT, V::IS_RESOURCE),
        }
    };

    fn schema(generator: &mut SchemaGenerator, _: &Rules) -> Schema {
        map_schema::<K, V>(generator, MIN as u64, MAX as u64)
    }

    fn decode(value: Value, _: &Rules, at: &At<'_>, violations: &mut Violations) -> Option<Self> {
        decode_map(value, (MIN as u64, MAX as u64), at, violations, BTreeMap::len).map(Self)
    }
}
