//! What expansions name. Not for users, and not stable.

pub use crate::context::Injected;
pub use crate::input::{
    At, Check, DecodeVariant, Field, FieldOf, Fields, Input, InputObject, Length, Named, Object,
    Range, Rules, Undeclared, Violations, choice, choice_schema, custom, named_schema,
    object_schema, tagged, tagged_schema, wrapped, wrapped_schema,
};
pub use crate::output::{
    Disclosure, Output, OutputField, OutputFieldOf, OutputObject, output_object_schema,
    output_wrapped, output_wrapped_schema,
};
pub use crate::pipeline::Authorized;
pub use crate::policy::{Authorization, Effect, Exception, Limits, Per, Policy, Rate};
pub use crate::tool::{
    FreeTool, Handled, Handling, InputShape, Reply, SecureTools, ToolDefinition, reply_schema,
};
pub use crate::{PublicError, Refusal};
pub use schemars::{Schema, SchemaGenerator};
pub use serde_json::Value;
pub use std;

use std::error::Error;
use std::fmt::Debug;
use std::ops::Deref;

/// An error of a handler, about to become a refusal.
///
/// Method lookup prefers the trait with the fewest references: public errors first, then errors that
/// can at least be logged, then all others. Used on `&&&ErrorOf(…)`.
#[derive(Debug)]
pub struct ErrorOf<E>(pub E);

/// Public errors: the author decided what is shown.
pub trait PublicErrorOf {
    /// The refusal.
    fn refuse(&self) -> Refusal;
}

impl<E: PublicError> PublicErrorOf for &&ErrorOf<E> {
    fn refuse(&self) -> Refusal {
        match self.0.public() {
            Some(text) => Refusal::Public(text),
            None => Refusal::internal(&self.0),
        }
    }
}

/// Other errors: the cause goes to the log.
pub trait LoggedErrorOf {
    /// The refusal.
    fn refuse(&self) -> Refusal;
}

impl<E: Debug> LoggedErrorOf for &ErrorOf<E> {
    fn refuse(&self) -> Refusal {
        Refusal::internal(&self.0)
    }
}

/// Errors without any text: the log gets the name of the type.
pub trait OpaqueErrorOf {
    /// The refusal.
    fn refuse(&self) -> Refusal;
}

impl<E> OpaqueErrorOf for ErrorOf<E> {
    fn refuse(&self) -> Refusal {
        Refusal::internal(std::any::type_name::<E>())
    }
}

/// An error inside another one. Errors are preferred to what leads to one (`Box<dyn Error>`,
/// `anyhow::Error`), and this to everything else. Used on `&&&SourceOf(…)`.
#[derive(Debug)]
pub struct SourceOf<'a, E>(pub &'a E);

/// What is an error itself.
pub trait ErrorSource<'a> {
    /// The inner error.
    fn find(&self) -> Option<&'a (dyn Error + 'static)>;
}

impl<'a, E: Error + 'static> ErrorSource<'a> for &&SourceOf<'a, E> {
    fn find(&self) -> Option<&'a (dyn Error + 'static)> {
        Some(self.0)
    }
}

/// What holds an error of any type.
pub trait DynErrorSource<'a> {
    /// The inner error.
    fn find(&self) -> Option<&'a (dyn Error + 'static)>;
}

impl<'a, E: Deref<Target: AsDynError>> DynErrorSource<'a> for &SourceOf<'a, E> {
    fn find(&self) -> Option<&'a (dyn Error + 'static)> {
        Some(self.0.deref().as_dyn_error())
    }
}

/// What holds none.
pub trait NoSource<'a> {
    /// Nothing.
    fn find(&self) -> Option<&'a (dyn Error + 'static)>;
}

impl<'a, E> NoSource<'a> for SourceOf<'a, E> {
    fn find(&self) -> Option<&'a (dyn Error + 'static)> {
        None
    }
}

/// An error of any type.
pub trait AsDynError {
    /// Without the promise of being `Send`.
    fn as_dyn_error(&self) -> &(dyn Error + 'static);
}

impl AsDynError for dyn Error + 'static {
    fn as_dyn_error(&self) -> &(dyn Error + 'static) {
        self
    }
}

impl AsDynError for dyn Error + Send + 'static {
    fn as_dyn_error(&self) -> &(dyn Error + 'static) {
        self
    }
}

impl AsDynError for dyn Error + Send + Sync + 'static {
    fn as_dyn_error(&self) -> &(dyn Error + 'static) {
        self
    }
}

/// Turns what a handler returned into what leaves the server.
#[doc(hidden)]
#[macro_export]
macro_rules! __reply {
    ($call:ident, $reply:expr) => {
        match $crate::__private::Reply::into_result($reply) {
            $crate::__private::std::result::Result::Ok(output) => {
                $crate::__private::std::result::Result::Ok($call.disclose(output))
            }
            $crate::__private::std::result::Result::Err(error) => {
                #[allow(unused_imports)]
                use $crate::__private::{LoggedErrorOf, OpaqueErrorOf, PublicErrorOf};
                $crate::__private::std::result::Result::Err(
                    (&&&$crate::__private::ErrorOf(error)).refuse(),
                )
            }
        }
    };
}
