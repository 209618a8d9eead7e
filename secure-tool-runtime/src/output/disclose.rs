//! The output of scalars, text and collections.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use schemars::{Schema, SchemaGenerator, json_schema};
use serde_json::Value;

use super::{Output, clean};
use crate::kind::Kind;
use crate::{Int, List, Map, Subject, Text};

macro_rules! scalar {
    ($kind:literal, $nature:ident: $($type:ty),*) => { $(
        impl Output for $type {
            const KIND: Kind = Kind::$nature;

            fn schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": $kind })
            }

            fn disclose(self) -> Value {
                self.into()
            }
        }
    )* };
}

scalar!("boolean", Other: bool);
scalar!("integer", Number: u8, u16, u32, u64, usize, i8, i16, i32, i64, isize);
scalar!("number", Number: f32, f64);

impl Output for String {
    const KIND: Kind = Kind::Text;

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string" })
    }

    fn disclose(self) -> Value {
        Value::String(clean(self))
    }
}

macro_rules! text {
    ($type:ty, [$($generics:tt)*], $self:ident => $text:expr) => {
        impl $($generics)* Output for $type {
            const KIND: Kind = Kind::Text;

            fn schema(generator: &mut SchemaGenerator) -> Schema {
                <String as Output>::schema(generator)
            }

            fn disclose($self) -> Value {
                Value::String(clean($text))
            }
        }
    };
}

text!(&'static str, [], self => self.to_owned());
text!(Cow<'static, str>, [], self => self.into_owned());
text!(char, [], self => self.to_string());
text!(Subject, [], self => self.as_str().to_owned());
text!(Text<MIN, MAX>, [<const MIN: usize, const MAX: usize>], self => self.into_string());

impl<const MIN: i64, const MAX: i64> Output for Int<MIN, MAX> {
    const KIND: Kind = Kind::Number;

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "integer", "minimum": MIN, "maximum": MAX })
    }

    fn disclose(self) -> Value {
        self.get().into()
    }
}

impl<T: Output> Output for Option<T> {
    const KIND: Kind = T::KIND;

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({ "anyOf": [T::schema(generator), { "type": "null" }] })
    }

    fn disclose(self) -> Value {
        self.map_or(Value::Null, T::disclose)
    }
}

impl<T: Output> Output for Box<T> {
    const IS_OBJECT: bool = T::IS_OBJECT;
    const KIND: Kind = T::KIND;

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        T::schema(generator)
    }

    fn disclose(self) -> Value {
        (*self).disclose()
    }
}

macro_rules! list {
    ($type:ty, [$($generics:tt)*]) => {
        impl<$($generics)*> Output for $type {
            const KIND: Kind = T::KIND;

            fn schema(generator: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": "array", "items": T::schema(generator) })
            }

            fn disclose(self) -> Value {
                self.into_iter().map(T::disclose).collect()
            }
        }
    };
}

list!(Vec<T>, [T: Output]);
list!(BTreeSet<T>, [T: Output]);
list!([T; N], [T: Output, const N: usize]);
list!(List<T, MIN, MAX>, [T: Output, const MIN: usize, const MAX: usize]);

macro_rules! map {
    ($type:ty, [$($generics:tt)*]) => {
        impl<V: Output, $($generics)*> Output for $type {
            const IS_OBJECT: bool = true;
            // The keys are free text.
            const KIND: Kind = Kind::Text;

            fn schema(generator: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": "object", "additionalProperties": V::schema(generator) })
            }

            fn disclose(self) -> Value {
                let entries = self.into_iter().map(|(key, value)| (clean(key.into()), value.disclose()));
                Value::Object(entries.collect())
            }
        }
    };
}

map!(BTreeMap<String, V>, []);
map!(HashMap<String, V>, []);
map!(
    Map<Text<SHORT, LONG>, V, MIN, MAX>,
    [const SHORT: usize, const LONG: usize, const MIN: usize, const MAX: usize]
);

/// A tool that has nothing to say says that it is done.
impl Output for () {
    const KIND: Kind = Kind::Other;

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "const": "done" })
    }

    fn disclose(self) -> Value {
        Value::String("done".into())
    }
}
