//! What the server supplies to a handler.

use crate::audit::Reference;
use crate::caller::Caller;
use crate::pipeline::Validated;

/// The call being served, beside its input.
///
/// Take it as `context: &Context`.
#[derive(Debug, Clone)]
pub struct Context {
    pub(crate) caller: Caller,
    pub(crate) reference: Reference,
}

impl Context {
    /// On whose behalf the tool runs.
    #[must_use]
    pub fn caller(&self) -> &Caller {
        &self.caller
    }

    /// The id under which the audit log has this call. Put it into your own log lines.
    #[must_use]
    pub fn reference(&self) -> Reference {
        self.reference
    }
}

/// What a handler may borrow: it comes from the server, never from the client.
#[diagnostic::on_unimplemented(
    message = "the server cannot supply a `&{Self}`",
    label = "borrowed parameters are supplied by the server",
    note = "the server supplies `&Caller` and `&Context`",
    note = "what the client sends is taken by value, bounded: `title: Text<1, 200>`"
)]
pub trait Injected {
    /// The value for this call.
    #[doc(hidden)]
    fn inject<'a>(call: &'a Validated<'_>) -> &'a Self;
}

impl Injected for Caller {
    fn inject<'a>(call: &'a Validated<'_>) -> &'a Self {
        &call.context().caller
    }
}

impl Injected for Context {
    fn inject<'a>(call: &'a Validated<'_>) -> &'a Self {
        call.context()
    }
}
