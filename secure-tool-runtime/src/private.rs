//! What expansions name. Not for users, and not stable.

pub use crate::audit::Shape;
pub use crate::context::{Injected, shown};
pub use crate::input::{
    At, Check, DeclaresNothing, DecodeVariant, Field, FieldOf, Fields, Input, InputObject, Length,
    Named, Object, Range, Rules, Undeclared, Violations, any_names_subject, choice, choice_schema,
    custom, input_has_to_be_bounded, named_schema, object_schema, only_text_has_a_form, tagged,
    tagged_schema, text_needs_exception, wrapped, wrapped_schema,
};
pub use crate::kind::Kind;
pub use crate::output::{
    Disclosure, Output, OutputField, OutputFieldOf, OutputObject, output_has_to_be_declared,
    output_object_schema, output_wrapped, output_wrapped_schema, secret_needs_exception,
};
pub use crate::pipeline::Authorized;
pub use crate::policy::{Authorization, Effect, Exception, Limits, Per, Policy, Rate};
pub use crate::resource::owned::parameter;
pub use crate::server::StartError;
pub use crate::tool::{
    FreeTool, Handled, Handling, InputShape, Reply, SecureTools, ToolDefinition,
    tools_return_declared_output,
};
pub use crate::{PublicError, Refusal};
pub use schemars::{Schema, SchemaGenerator};
pub use serde_json::Value;
pub use std;

/// What `#[derive(Secrets)]` expands to.
pub mod secrets {
    pub use crate::secrets::{
        Declared, FieldOf, Lacks, Probe, Secrets, Sources, fill, has_to_be_a_secret,
        secrets_must_lack,
    };
}

use std::error::Error;
use std::ops::Deref;

/// What becomes of a reply. Method lookup prefers the trait with the most references: public errors
/// first, then errors that can at least be logged, then all others, then replies without an error.
/// Used on `&&&&&ReplyOf(…)`, and asks for nothing: whether the type may be returned at all is asked
/// once, elsewhere, so that the compiler complains once.
pub mod reply {
    use std::fmt::Debug;

    use crate::output::Disclose;
    use crate::tool::Handled;
    use crate::{PublicError, Refusal};

    /// A reply whose kind is asked.
    #[derive(Debug)]
    pub struct ReplyOf<'a, R>(pub &'a R);

    macro_rules! kind {
        ($doc:literal $kind:ident, $trait:ident: [$($generics:tt)*] $for:ty) => {
            #[doc = $doc]
            #[derive(Debug)]
            pub struct $kind;

            #[doc = $doc]
            pub trait $trait {
                /// The kind of this reply.
                fn kind(&self) -> $kind {
                    $kind
                }
            }

            impl<$($generics)*> $trait for $for {}
        };
    }

    kind!("The author decided what is shown." Public, PublicReply: [T: Disclose, E: PublicError] &&&&ReplyOf<'_, Result<T, E>>);
    kind!("The cause goes to the log." Logged, LoggedReply: [T: Disclose, E: Debug] &&&ReplyOf<'_, Result<T, E>>);
    kind!("The log gets the name of the type." Opaque, OpaqueReply: [T: Disclose, E] &&ReplyOf<'_, Result<T, E>>);
    kind!("There is no error." Plain, PlainReply: [T: Disclose] &ReplyOf<'_, T>);
    kind!("Does not compile, for another reason." Undeclared, UndeclaredReply: [T] ReplyOf<'_, T>);

    impl Public {
        /// What leaves the server.
        pub fn handled<T: Disclose, E: PublicError>(self, reply: Result<T, E>) -> Handled {
            reply.map(Disclose::disclosed).map_err(|error| match error.public() {
                Some(text) => Refusal::Public(text),
                None => Refusal::internal(&error),
            })
        }
    }

    impl Logged {
        /// What leaves the server.
        pub fn handled<T: Disclose, E: Debug>(self, reply: Result<T, E>) -> Handled {
            reply.map(Disclose::disclosed).map_err(|error| Refusal::internal(&error))
        }
    }

    impl Opaque {
        /// What leaves the server.
        pub fn handled<T: Disclose, E>(self, reply: Result<T, E>) -> Handled {
            reply
                .map(Disclose::disclosed)
                .map_err(|_| Refusal::internal(std::any::type_name::<E>()))
        }
    }

    impl Plain {
        /// What leaves the server.
        pub fn handled<T: Disclose>(self, reply: T) -> Handled {
            Ok(Disclose::disclosed(reply))
        }
    }

    impl Undeclared {
        /// Nothing leaves the server.
        pub fn handled<T>(self, _: T) -> Handled {
            Err(Refusal::internal("the reply is not declared as output"))
        }
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
    ($reply:expr) => {{
        #[allow(unused_imports)]
        use $crate::__private::reply::{
            LoggedReply, OpaqueReply, PlainReply, PublicReply, UndeclaredReply,
        };
        let reply = $reply;
        (&&&&&$crate::__private::reply::ReplyOf(&reply)).kind().handled(reply)
    }};
}
