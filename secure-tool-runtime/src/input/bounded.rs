//! Types that carry their bounds with them, for places that an attribute cannot reach: elements of
//! lists, values of maps, type parameters.

use std::fmt;
use std::ops::Deref;

use schemars::{Schema, SchemaGenerator};
use serde_json::Value;

use crate::kind::Kind;

use super::collections::{LIST_CEILING, decode_list, list_schema};
use super::scalars::{
    TEXT_CEILING, decode_integer, decode_text, has_length, integer_schema, text_schema,
};
use super::{At, DeclaresNothing, Input, Rules, Violations};

/// The value given to a bounded type is outside its bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutOfBounds;

impl fmt::Display for OutOfBounds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the value is outside the bounds of its type")
    }
}

impl std::error::Error for OutOfBounds {}

/// Text of `MIN` to `MAX` characters.
///
/// ```
/// use secure_tool_runtime::Text;
/// let label: Text<1, 32> = "urgent".try_into()?;
/// assert_eq!(&*label, "urgent");
/// assert!(Text::<1, 3>::try_from("urgent").is_err());
/// # Ok::<(), secure_tool_runtime::OutOfBounds>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text<const MIN: usize, const MAX: usize>(String);

impl<const MIN: usize, const MAX: usize> Text<MIN, MAX> {
    /// The text itself.
    #[must_use]
    pub fn into_string(self) -> String {
        self.0
    }

    /// The text, borrowed.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<const MIN: usize, const MAX: usize> Deref for Text<MIN, MAX> {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0
    }
}

impl<const MIN: usize, const MAX: usize> fmt::Display for Text<MIN, MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<const MIN: usize, const MAX: usize> TryFrom<String> for Text<MIN, MAX> {
    type Error = OutOfBounds;
    fn try_from(text: String) -> Result<Self, OutOfBounds> {
        let fits = has_length(&text, MIN as u64, MAX as u64);
        fits.then_some(Self(text)).ok_or(OutOfBounds)
    }
}

impl<const MIN: usize, const MAX: usize> TryFrom<&str> for Text<MIN, MAX> {
    type Error = OutOfBounds;
    fn try_from(text: &str) -> Result<Self, OutOfBounds> {
        text.to_owned().try_into()
    }
}

impl<const MIN: usize, const MAX: usize, D: DeclaresNothing> Input<D> for Text<MIN, MAX> {
    const KIND: Kind = Kind::Text;
    const FAULT: Option<&'static str> = if MIN > MAX {
        Some("`Text<MIN, MAX>` needs MIN <= MAX: no text has such a length")
    } else if MAX as u64 > TEXT_CEILING {
        Some("`Text` may have at most 1 048 576 characters")
    } else {
        None
    };

    fn schema(_: &mut SchemaGenerator, _: &Rules) -> Schema {
        text_schema(MIN as u64, MAX as u64)
    }

    fn decode(value: Value, _: &Rules, at: &At<'_>, violations: &mut Violations) -> Option<Self> {
        decode_text(value, MIN as u64, MAX as u64, at, violations).map(Self)
    }
}

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
        T::FAULT
    };

    fn schema(generator: &mut SchemaGenerator, _: &Rules) -> Schema {
        list_schema::<T>(generator, MIN as u64, MAX as u64)
    }

    fn decode(value: Value, _: &Rules, at: &At<'_>, violations: &mut Violations) -> Option<Self> {
        decode_list(value, MIN as u64, MAX as u64, at, violations).map(Self)
    }
}

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
