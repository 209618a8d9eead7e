//! What the arguments of a call looked like, without what they said.

use std::fmt;

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::Value;

/// The kind of a JSON value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `null`.
    Null,
    /// `true` or `false`.
    Boolean,
    /// Any number.
    Number,
    /// A string; its size is its length in bytes.
    String,
    /// An array; its size is the number of its items.
    Array,
    /// An object; its size is the number of its members.
    Object,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Boolean => "boolean",
            Self::Number => "number",
            Self::String => "string",
            Self::Array => "array",
            Self::Object => "object",
        }
    }
}

/// One argument: its kind, and its size if its kind has one. Displays as `string(12)` or `number`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Form {
    kind: Kind,
    size: u32,
}

impl Form {
    /// The form of a value. Looks at the outermost level only, so it takes the same time for any
    /// value. Sizes above `u32::MAX` are given as that.
    #[must_use]
    pub fn of(value: &Value) -> Self {
        let (kind, size) = match value {
            Value::Null => (Kind::Null, 0),
            Value::Bool(_) => (Kind::Boolean, 0),
            Value::Number(_) => (Kind::Number, 0),
            Value::String(text) => (Kind::String, text.len()),
            Value::Array(items) => (Kind::Array, items.len()),
            Value::Object(members) => (Kind::Object, members.len()),
        };
        Self { kind, size: u32::try_from(size).unwrap_or(u32::MAX) }
    }

    /// The kind.
    #[must_use]
    pub fn kind(self) -> Kind {
        self.kind
    }

    /// The size: bytes of a string, items of an array, members of an object; nothing else has one.
    #[must_use]
    pub fn size(self) -> Option<u32> {
        matches!(self.kind, Kind::String | Kind::Array | Kind::Object).then_some(self.size)
    }
}

impl fmt::Display for Form {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.kind.name())?;
        self.size().map_or(Ok(()), |size| write!(out, "({size})"))
    }
}

/// The shape of the arguments of a call: names, kinds and sizes, never a value (checklist: Sensitive
/// data not logged).
///
/// It holds [`Shape::NAMED`] arguments without allocating, and counts the others. Names are those
/// that the tool declares; what a client makes up has no name here.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    named: [(&'static str, Form); Self::NAMED],
    len: u8,
    more: u16,
}

impl Shape {
    /// Arguments that are named; further ones are counted.
    pub const NAMED: usize = 8;

    /// No arguments.
    #[must_use]
    pub const fn none() -> Self {
        Self { named: [("", Form { kind: Kind::Null, size: 0 }); Self::NAMED], len: 0, more: 0 }
    }

    /// Adds an argument that the tool declares.
    pub fn push(&mut self, name: &'static str, value: &Value) {
        let Some(place) = self.named.get_mut(usize::from(self.len)) else {
            return self.push_unnamed(1);
        };
        *place = (name, Form::of(value));
        self.len += 1;
    }

    /// Counts arguments that the tool does not declare. Their names are the client's text and are
    /// not kept. Counts to `u16::MAX`.
    pub fn push_unnamed(&mut self, many: usize) {
        self.more = self.more.saturating_add(u16::try_from(many).unwrap_or(u16::MAX));
    }

    /// The named arguments, in the order in which they were added.
    #[must_use]
    pub fn named(&self) -> &[(&'static str, Form)] {
        &self.named[..usize::from(self.len)]
    }

    /// How many arguments there were besides the named ones.
    #[must_use]
    pub fn more(&self) -> u16 {
        self.more
    }
}

impl Default for Shape {
    fn default() -> Self {
        Self::none()
    }
}

/// As the log event shows it: `title=string(12) tags=array(3) more=1`.
impl fmt::Display for Shape {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut gap = "";
        for (name, form) in self.named() {
            write!(out, "{gap}{name}={form}")?;
            gap = " ";
        }
        if self.more > 0 {
            write!(out, "{gap}more={}", self.more)?;
        }
        Ok(())
    }
}

impl fmt::Debug for Shape {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Shape({self})")
    }
}

/// As the file shows it: `{"title":"string(12)","tags":"array(3)","…":1}`; the last member counts
/// the arguments that are not named.
impl Serialize for Shape {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (name, form) in self.named() {
            map.serialize_entry(name, &format_args!("{form}"))?;
        }
        if self.more > 0 {
            map.serialize_entry("…", &self.more)?;
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn example() -> Shape {
        let mut shape = Shape::none();
        shape.push("title", &json!("hush-hush: ünï"));
        shape.push("tags", &json!(["hush", "hush"]));
        shape.push("note", &json!({"hush": 4711}));
        shape.push("count", &json!(4711));
        shape.push("loud", &json!(true));
        shape.push("gone", &json!(null));
        shape
    }

    #[test]
    fn tells_names_kinds_and_sizes() {
        let expected = r#"{"title":"string(16)","tags":"array(2)","note":"object(1)","count":"number","loud":"boolean","gone":"null"}"#;
        assert_eq!(serde_json::to_string(&example()).unwrap(), expected);
        assert_eq!(
            example().to_string(),
            "title=string(16) tags=array(2) note=object(1) count=number loud=boolean gone=null"
        );
    }

    #[test]
    fn holds_no_value() {
        let shape = example();
        for text in
            [serde_json::to_string(&shape).unwrap(), shape.to_string(), format!("{shape:?}")]
        {
            for secret in ["hush", "4711", "true"] {
                assert!(!text.contains(secret), "{text}");
            }
        }
    }

    #[test]
    fn counts_what_it_does_not_name() {
        let mut shape = Shape::none();
        for _ in 0..Shape::NAMED {
            shape.push("a", &json!(1));
        }
        assert_eq!(shape.more(), 0);
        shape.push("b", &json!(1));
        shape.push_unnamed(1);
        assert_eq!(shape.named().len(), Shape::NAMED);
        assert_eq!(shape.more(), 2);
        assert!(serde_json::to_string(&shape).unwrap().ends_with(r#","…":2}"#));
        assert!(shape.to_string().ends_with(" more=2"));
        for _ in 0..70_000 {
            shape.push_unnamed(1);
        }
        assert_eq!(shape.more(), u16::MAX);
    }

    #[test]
    fn nothing_is_an_empty_object() {
        assert_eq!(serde_json::to_string(&Shape::none()).unwrap(), "{}");
    }
}
