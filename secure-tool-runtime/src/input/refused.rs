//! Types that are never input, each with the reason and what to take instead. Without these the
//! compiler could only say that they are not bounded, which invites to bound them.

use std::ffi::OsString;
use std::path::PathBuf;

use regex::Regex;
use schemars::{Schema, SchemaGenerator, json_schema};
use secrecy::SecretBox;
use secrecy::zeroize::Zeroize;
use serde_json::Value;
use url::Url;

use super::{At, Input, Rules, Violations};

/// Nothing implements it.
#[diagnostic::on_unimplemented(
    message = "a path as input reaches any file that the server can open",
    label = "a client could name any file here",
    note = "take a `SafePath`, which stays beneath a directory (feature `files`)",
    note = "or a name, and look it up: `Text<1, 100>`"
)]
pub trait NoPath {}

/// Nothing implements it.
#[diagnostic::on_unimplemented(
    message = "a URL as input reaches any host that the server can reach",
    label = "a client could name any host here, those inside the network too",
    note = "take a `SafeUrl`, which is checked before and after the name is resolved (feature `fetch`)"
)]
pub trait NoUrl {}

/// Nothing implements it.
#[diagnostic::on_unimplemented(
    message = "a regular expression as input can run for ever, or match what it should not",
    label = "a client could send any expression here",
    note = "search for plain text, `Text<1, 100>`, or take an enum of the searches there are, with `#[secure_input]`"
)]
pub trait NoRegex {}

/// Nothing implements it.
#[diagnostic::on_unimplemented(
    message = "a secret is not input: what a model sends is logged on its way",
    label = "a client would send a secret here",
    note = "hold secrets in the server's state, from its environment",
    note = "who calls is known already: take `caller: &Caller`"
)]
pub trait NoSecret {}

// Written out, because the compiler shows these lines.
impl<D: NoPath> Input<D> for PathBuf {
    fn schema(_: &mut SchemaGenerator, _: &Rules) -> Schema {
        json_schema!(false)
    }

    fn decode(_: Value, _: &Rules, _: &At<'_>, _: &mut Violations) -> Option<Self> {
        None
    }
}

impl<D: NoPath> Input<D> for OsString {
    fn schema(_: &mut SchemaGenerator, _: &Rules) -> Schema {
        json_schema!(false)
    }

    fn decode(_: Value, _: &Rules, _: &At<'_>, _: &mut Violations) -> Option<Self> {
        None
    }
}

impl<D: NoUrl> Input<D> for Url {
    fn schema(_: &mut SchemaGenerator, _: &Rules) -> Schema {
        json_schema!(false)
    }

    fn decode(_: Value, _: &Rules, _: &At<'_>, _: &mut Violations) -> Option<Self> {
        None
    }
}

impl<D: NoRegex> Input<D> for Regex {
    fn schema(_: &mut SchemaGenerator, _: &Rules) -> Schema {
        json_schema!(false)
    }

    fn decode(_: Value, _: &Rules, _: &At<'_>, _: &mut Violations) -> Option<Self> {
        None
    }
}

impl<D: NoSecret, S: Zeroize + ?Sized + Send + 'static> Input<D> for SecretBox<S> {
    fn schema(_: &mut SchemaGenerator, _: &Rules) -> Schema {
        json_schema!(false)
    }

    fn decode(_: Value, _: &Rules, _: &At<'_>, _: &mut Violations) -> Option<Self> {
        None
    }
}
