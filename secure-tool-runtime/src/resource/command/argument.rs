//! Text as input that becomes an argument of a program.

use std::fmt;

use schemars::{Schema, SchemaGenerator, json_schema};
use serde_json::Value;

use super::value::is_plain;
use crate::input::{At, DeclaresNothing, Input, OutOfBounds, Rules, Violations};
use crate::kind::Kind;
use crate::output::Output;

/// The most characters that may be declared.
const CEILING: usize = 4096;

/// What the schema says of it. Invisible characters are refused beyond it.
const PATTERN: &str = r"^[^\-\u0000-\u001f\u007f-\u009f][^\u0000-\u001f\u007f-\u009f]*$";

/// One argument of a program, as a client may send it: 1 to `MAX` characters on one line.
///
/// It does not begin with `-`, so that no program takes it for an option, and has no control,
/// bidirectional or other invisible characters in it, NUL and line feed among them. Everything else may
/// be there: no shell reads it.
///
/// ```
/// use secure_tool_runtime::command::Argument;
/// assert!(Argument::<100>::try_from("v1.0; rm -rf $(HOME)").is_ok()); // a name that nobody has
/// assert!(Argument::<100>::try_from("--output=/etc/passwd").is_err());
/// assert!(Argument::<5>::try_from("longer").is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Argument<const MAX: usize>(String);

impl<const MAX: usize> Argument<MAX> {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<const MAX: usize> fmt::Display for Argument<MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<const MAX: usize> TryFrom<String> for Argument<MAX> {
    type Error = OutOfBounds;
    fn try_from(text: String) -> Result<Self, OutOfBounds> {
        fault(&text, MAX).is_none().then_some(Self(text)).ok_or(OutOfBounds)
    }
}

impl<const MAX: usize> TryFrom<&str> for Argument<MAX> {
    type Error = OutOfBounds;
    fn try_from(text: &str) -> Result<Self, OutOfBounds> {
        text.to_owned().try_into()
    }
}

impl<const MAX: usize, D: DeclaresNothing> Input<D> for Argument<MAX> {
    const KIND: Kind = Kind::Other;
    const FAULT: Option<&'static str> = if MAX == 0 || MAX > CEILING {
        Some("`Argument<MAX>` may have 1 to 4096 characters")
    } else {
        None
    };

    fn schema(_: &mut SchemaGenerator, _: &Rules) -> Schema {
        json_schema!({ "type": "string", "minLength": 1, "maxLength": MAX, "pattern": PATTERN })
    }

    fn decode(value: Value, _: &Rules, at: &At<'_>, violations: &mut Violations) -> Option<Self> {
        let Value::String(text) = value else {
            violations.add(at, "type", "must be text");
            return None;
        };
        match fault(&text, MAX) {
            None => Some(Self(text)),
            Some((rule, demand)) => {
                violations.add(at, rule, demand);
                None
            }
        }
    }
}

impl<const MAX: usize> Output for Argument<MAX> {
    const KIND: Kind = Kind::Text;

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        <String as Output>::schema(generator)
    }

    fn disclose(self) -> Value {
        self.0.disclose()
    }
}

/// The first rule that a text breaks, with its demand.
fn fault(text: &str, max: usize) -> Option<(&'static str, &'static str)> {
    // Bytes first: a megabyte is refused without being counted.
    let fits = text.len() <= max.saturating_mul(4) && text.chars().count() <= max;
    if text.is_empty() || !fits {
        return Some(("length", "must not be empty, nor longer than its schema says"));
    }
    if text.starts_with('-') {
        return Some(("argument", "must not begin with `-`"));
    }
    if !is_plain(text) {
        return Some(("argument", "must not contain control or invisible characters"));
    }
    None
}
