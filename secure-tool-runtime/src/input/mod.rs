//! Tool input: values whose size and range are bounded before any handler sees them.
//!
//! A type is input when it implements [`Input`]. The parameter `D` says which bound the place that
//! uses the type declares beside it: [`Undeclared`], [`Length`] or [`Range`]. `String` is input only
//! where a length is declared, `i64` only where a range is; [`Text`] and types made
//! with [`#[secure_input]`](crate::secure_input) carry their bounds with them and need none.
//!
//! Source: checklist, “Input Validation”.

mod bounded;
mod collections;
mod decode;
mod object;
mod refused;
mod rules;
mod scalars;
mod schema;
mod subject;
#[cfg(test)]
mod tests;
mod violation;

pub use bounded::{Int, List, Map, OutOfBounds, Text};
pub use decode::At;
pub use object::{
    DecodeVariant, Field, FieldOf, Fields, InputObject, Object, any_names_subject, choice, custom,
    input_has_to_be_bounded, only_text_has_a_form, tagged, text_needs_exception, wrapped,
};
pub use rules::{Check, Rules};
pub use schema::{
    Named, choice_schema, input_schema, named_schema, object_schema, tagged_schema, wrapped_schema,
};
pub(crate) use schema::{complete, generator};
pub(crate) use subject::names_subject;
pub(crate) use violation::push_names;
pub use violation::{Demand, Unit, Violation, Violations};

use schemars::{Schema, SchemaGenerator};
use serde_json::Value;

use crate::kind::Kind;

/// A value that a client may send, bounded in size and range.
///
/// Implemented by the runtime for scalars, text and collections, and by
/// [`#[secure_input]`](crate::secure_input) for your own types. `D` is the kind of bound declared
/// where the type is used.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a bounded tool input",
    label = "a client could send anything here",
    note = "for a struct or enum of yours: put `#[secure_input]` on it",
    note = "for JSON: declare the fields in a struct with `#[secure_input]`",
    note = "what the server supplies is borrowed: `caller: &Caller`"
)]
pub trait Input<D = Undeclared>: Sized + Send + 'static {
    /// Why the bounds in the type cannot be met. An expansion refuses to compile with it.
    #[doc(hidden)]
    const FAULT: Option<&'static str> = None;

    /// The greatest maximum length that may be declared for this type.
    #[doc(hidden)]
    const LENGTH_CEILING: u64 = u64::MAX;

    /// The whole numbers that the type can hold, if it holds nothing else.
    #[doc(hidden)]
    const RANGE: Option<(i64, i64)> = None;

    /// True where a missing field is a value (`Option`).
    #[doc(hidden)]
    const OPTIONAL: bool = false;

    /// The nature of the value, for rules about names; the strictest if nothing is said.
    #[doc(hidden)]
    const KIND: Kind = Kind::Text;

    /// True if it is certain to name a principal. Not followed through boxes, lists and maps of
    /// objects, which may contain themselves.
    #[doc(hidden)]
    const NAMES_SUBJECT: bool = Self::KIND.is_subject();

    /// True if it names a resource, which is loaded where it is a parameter of a tool, and nowhere else.
    #[doc(hidden)]
    const IS_RESOURCE: bool = false;

    /// The JSON Schema of the value under the declared rules.
    #[doc(hidden)]
    fn schema(generator: &mut SchemaGenerator, rules: &Rules) -> Schema;

    /// Takes the value apart, or reports every rule that it breaks. Never copies or echoes it.
    #[doc(hidden)]
    fn decode(
        value: Value,
        rules: &Rules,
        at: &At<'_>,
        violations: &mut Violations,
    ) -> Option<Self>;
}

/// No bound is declared where the type is used: it must carry its own.
#[derive(Debug, Clone, Copy)]
pub struct Undeclared;

/// `#[validate(length(max = …))]` is declared where the type is used.
#[derive(Debug, Clone, Copy)]
pub struct Length;

/// `#[validate(range(min = …, max = …))]` is declared where the type is used.
#[derive(Debug, Clone, Copy)]
pub struct Range;

/// Places that declare a greatest length. Text and collections are input only there.
#[diagnostic::on_unimplemented(
    message = "this text or collection has no greatest length",
    label = "a client could send any amount here",
    note = "declare one: `#[validate(length(max = 200))]`",
    note = "or carry it in the type, as elements have to: `Text<0, 200>` for text, `List<T, 0, 100>` for a list, `Map<K, V, 0, 100>` for a map"
)]
pub trait DeclaresLength {}
impl DeclaresLength for Length {}

/// Places that declare both ends of a range. Wide numbers are input only there.
#[diagnostic::on_unimplemented(
    message = "this number has no smallest and greatest value",
    label = "a client could send any number here",
    note = "declare both: `#[validate(range(min = 0, max = 100))]`",
    note = "or carry them in the type, as elements have to: `Int<0, 100>`"
)]
pub trait DeclaresRange {}
impl DeclaresRange for Range {}

/// Places that declare nothing, for types that carry all bounds there are.
#[diagnostic::on_unimplemented(
    message = "this type takes no bound: its own are all there are",
    label = "`length` or `range` does not fit here",
    note = "remove the rule; to bound the value otherwise, choose another type"
)]
pub trait DeclaresNothing {}
impl DeclaresNothing for Undeclared {}

/// Places that may declare a range, for numbers that are narrow enough without one.
#[diagnostic::on_unimplemented(
    message = "this number has no length",
    label = "`length` does not fit here",
    note = "declare a range instead: `#[validate(range(min = 0, max = 100))]`"
)]
pub trait DeclaresNoLength {}
impl DeclaresNoLength for Undeclared {}
impl DeclaresNoLength for Range {}

/// Text, the only values for which `email`, `url`, `ip`, `contains`, `regex` make sense.
#[diagnostic::on_unimplemented(
    message = "only text can be checked for its form, `{Self}` is not text",
    label = "`email`, `url`, `ip`, `contains`, `does_not_contain`, `regex` and `non_control_character` need text here",
    note = "remove the rule, or make the parameter a `String` with a `length`"
)]
pub trait Textual: Input<Length> {}
impl Textual for String {}
impl<T: Textual> Textual for Option<T> {}
