//! What a struct of secrets must not have. Asked of traits: a `derive` does not see those beside it.

use std::fmt::{Debug, Display};
use std::marker::PhantomData;

use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::input::Input;
use crate::output::Output;

/// Its constants say what `T` has: its own are found before those of [`Lacks`].
#[derive(Debug)]
pub struct Probe<T>(PhantomData<T>);

/// What is said of a type without the trait.
pub trait Lacks {
    /// `std::fmt::Debug`
    const DEBUG: bool = false;
    /// `std::fmt::Display`
    const DISPLAY: bool = false;
    /// `serde::Serialize`
    const SERIALIZE: bool = false;
    /// `serde::Deserialize`
    const DESERIALIZE: bool = false;
    /// `schemars::JsonSchema`
    const SCHEMA: bool = false;
    /// [`Input`]
    const INPUT: bool = false;
    /// [`Output`]
    const OUTPUT: bool = false;
}

impl<T> Lacks for Probe<T> {}

macro_rules! has {
    ($constant:ident, $($bound:tt)+) => {
        impl<T: $($bound)+> Probe<T> {
            /// It has the trait.
            pub const $constant: bool = true;
        }
    };
}

has!(DEBUG, Debug);
has!(DISPLAY, Display);
has!(SERIALIZE, Serialize);
has!(DESERIALIZE, DeserializeOwned);
has!(SCHEMA, JsonSchema);
has!(INPUT, Input);
has!(OUTPUT, Output);

/// Fails if the struct has the trait.
///
/// # Panics
/// At compile time, in a `const _`, at the name of the struct.
#[track_caller]
pub const fn secrets_must_lack(has: bool, message: &'static str) {
    if has {
        panic!("{}", message);
    }
}
