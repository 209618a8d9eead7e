//! What may stand for data in the arguments of a program.

use std::borrow::Cow;
use std::fmt::Display;

use super::{Argument, CommandError, HostName};
use crate::files::SafePath;
use crate::input::{Int, Text};
use crate::output::cleaned;

/// Data as an argument: numbers, [`Argument`], [`HostName`], [`SafePath`], bounded [`Text`], references
/// to them, and [`Dashed`].
///
/// Whatever it is: it is refused if it is empty, begins with `-` (as negative numbers do), or has control
/// or invisible characters in it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not data that may become an argument of a program",
    note = "take `Argument<200>` from the client, or `Text`, `HostName`, `SafePath`, a number",
    note = "words of your own are literals: `.literal(\"--oneline\")`"
)]
pub trait Value {
    /// As it is written.
    #[doc(hidden)]
    fn word(&self) -> Cow<'_, str>;

    /// True if it may begin with `-`.
    #[doc(hidden)]
    fn may_be_dashed(&self) -> bool {
        false
    }
}

/// Declares that a value may begin with `-`.
///
/// For a program that takes what follows an option, or `--`, as it is. Most do; some do not.
#[derive(Debug, Clone, Copy)]
pub struct Dashed<T>(
    /// The value.
    pub T,
);

/// The word of a value, if it may be one.
pub(super) fn word(value: &impl Value) -> Result<String, CommandError> {
    let word = value.word();
    if word.is_empty() {
        return Err(CommandError::Refused("an empty argument"));
    }
    if word.starts_with('-') && !value.may_be_dashed() {
        return Err(CommandError::Refused("an argument that begins with `-`"));
    }
    if !is_plain(&word) {
        return Err(CommandError::Refused("an argument with control or invisible characters"));
    }
    Ok(word.into_owned())
}

/// True for text that is one line and looks like what it is.
pub(super) fn is_plain(text: &str) -> bool {
    !text.contains(['\n', '\t']) && cleaned(text) == text
}

impl<T: Value + ?Sized> Value for &T {
    fn word(&self) -> Cow<'_, str> {
        (**self).word()
    }

    fn may_be_dashed(&self) -> bool {
        (**self).may_be_dashed()
    }
}

impl<T: Value> Value for Dashed<T> {
    fn word(&self) -> Cow<'_, str> {
        self.0.word()
    }

    fn may_be_dashed(&self) -> bool {
        true
    }
}

impl<const MAX: usize> Value for Argument<MAX> {
    fn word(&self) -> Cow<'_, str> {
        self.as_str().into()
    }
}

impl<const MIN: usize, const MAX: usize> Value for Text<MIN, MAX> {
    fn word(&self) -> Cow<'_, str> {
        self.as_str().into()
    }
}

impl<const MIN: i64, const MAX: i64> Value for Int<MIN, MAX> {
    fn word(&self) -> Cow<'_, str> {
        shown(self.get())
    }
}

impl Value for HostName {
    fn word(&self) -> Cow<'_, str> {
        self.as_str().into()
    }
}

impl Value for SafePath {
    fn word(&self) -> Cow<'_, str> {
        shown(self)
    }
}

macro_rules! numbers {
    ($($number:ty)*) => {$(
        impl Value for $number {
            fn word(&self) -> Cow<'_, str> {
                shown(self)
            }
        }
    )*};
}
numbers!(u8 u16 u32 u64 usize i8 i16 i32 i64);

fn shown(value: impl Display) -> Cow<'static, str> {
    value.to_string().into()
}
