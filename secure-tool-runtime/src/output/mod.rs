//! Tool output: what is disclosed, and in what shape it leaves.
//!
//! A type is output when it implements [`Output`]: the runtime does for scalars, text and
//! collections, [`#[secure_output]`](crate::secure_output) for your own types, field by field.
//! Untyped JSON and secrets are not output.
//!
//! Source: checklist, “Output Sanitization”.

mod clean;
mod content;
mod disclose;
mod object;
mod refused;
mod result;
mod untrusted;

pub use clean::{clean, cleaned};
pub use content::Content;
pub use object::{
    Disclosure, OutputField, OutputFieldOf, OutputObject, output_has_to_be_declared,
    output_object_schema, output_wrapped, output_wrapped_schema, secret_needs_exception,
};
pub(crate) use result::Disclosed;
pub use result::{Disclose, OutputSchema};
pub use untrusted::{Passage, UNTRUSTED_KEY, Untrusted};

use schemars::{Schema, SchemaGenerator};
use serde_json::Value;

use crate::kind::Kind;

/// The text that stands in the place of a masked value.
pub const MASK: &str = "***";

/// A value that may leave the server.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not declared as tool output",
    label = "this would leave the server without a word on what it discloses",
    note = "for a struct or enum of yours: put `#[secure_output]` on it, and `#[sensitive]` on what has to stay",
    note = "for JSON: declare the fields in a struct with `#[secure_output]`",
    note = "secrets cannot be output"
)]
pub trait Output {
    /// True if the value is a JSON object: only then MCP clients of both revisions take a schema.
    #[doc(hidden)]
    const IS_OBJECT: bool = false;

    /// The nature of the value, for rules about names; the strictest if nothing is said.
    #[doc(hidden)]
    const KIND: Kind = Kind::Text;

    /// The JSON Schema of what is disclosed.
    #[doc(hidden)]
    fn schema(generator: &mut SchemaGenerator) -> Schema;

    /// What is disclosed, cleaned.
    #[doc(hidden)]
    fn disclose(self) -> Value;
}
