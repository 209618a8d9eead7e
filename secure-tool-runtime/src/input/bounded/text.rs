//! Text with its bounds in its type.

use std::borrow::Borrow;
use std::fmt;
use std::ops::Deref;

use schemars::{Schema, SchemaGenerator};
use serde_json::Value;

use super::OutOfBounds;
use crate::input::scalars::{TEXT_CEILING, decode_text, has_length, text_schema};
use crate::input::{At, DeclaresNothing, Input, Rules, Violations};
use crate::kind::Kind;

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

/// Keys of a map are found by what they say.
impl<const MIN: usize, const MAX: usize> Borrow<str> for Text<MIN, MAX> {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl<const MIN: usize, const MAX: usize> From<Text<MIN, MAX>> for String {
    fn from(text: Text<MIN, MAX>) -> String {
        text.0
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
