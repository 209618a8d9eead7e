//! What never leaves the server, with the reason.

use schemars::{Schema, SchemaGenerator, json_schema};
use secrecy::SecretBox;
use secrecy::zeroize::Zeroize;
use serde_json::Value;

use super::Output;

/// Nothing implements it.
#[diagnostic::on_unimplemented(
    message = "a secret never leaves the server",
    label = "a client would read a secret here",
    note = "remove it from the result, or put `#[sensitive]` on the field"
)]
pub trait SecretOutput {}

impl<S: Zeroize + ?Sized + SecretOutput> Output for SecretBox<S> {
    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!(false)
    }

    fn disclose(self) -> Value {
        Value::Null
    }
}
