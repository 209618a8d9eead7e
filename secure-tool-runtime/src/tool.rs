//! A tool as the attributes describe it, and as a server holds it.

use std::pin::Pin;
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::error::Refusal;
use crate::input::{InputObject, input_schema};
use crate::output::{Disclose, Disclosed, OutputSchema};
use crate::pipeline::Authorized;
use crate::policy::Policy;

/// The definition of one tool on a state of type `S`: static data and one function.
pub struct ToolDefinition<S: ?Sized + 'static> {
    /// Its name on the wire.
    pub name: &'static str,
    /// Its name for people.
    pub title: Option<&'static str>,
    /// What it does, for the model.
    pub description: &'static str,
    /// Everything that it declares.
    pub policy: Policy,
    /// The shape of its input.
    pub input: InputShape,
    /// The schema of its result.
    pub output: fn() -> OutputSchema,
    /// Whether its handler can talk to the client while the call runs: it takes a `Context`. Questions of `confirm` are
    /// asked for it.
    pub talks: bool,
    /// Decodes the input, then runs the policy and the handler.
    pub call: for<'a> fn(&'a S, Authorized<'a>) -> Handling<'a>,
}

/// A handler about to run, or the reason why it will not.
pub type Handling<'a> = Result<Pin<Box<dyn Future<Output = Handled> + Send + 'a>>, Refusal>;

/// What became of a handler.
pub type Handled = Result<Disclosed, Refusal>;

/// What the runtime knows about a tool's input type.
#[derive(Debug, Clone, Copy)]
pub struct InputShape {
    pub(crate) schema: fn() -> Map<String, Value>,
}

impl InputShape {
    /// The shape of `T`.
    #[must_use]
    pub const fn of<T: InputObject>() -> Self {
        InputShape { schema: input_schema::<T> }
    }
}

/// A type whose methods are tools. Implemented by [`#[secure_tools]`](crate::secure_tools).
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no tools",
    label = "not a set of tools",
    note = "put `#[secure_tools]` on its `impl` block, or collect functions with `tools![a, b]`"
)]
pub trait SecureTools: Send + Sync + 'static {
    /// Its tools, in the order of declaration.
    const TOOLS: &'static [ToolDefinition<Self>];
}

/// A function that is a tool. Implemented by [`#[secure_tool]`](crate::secure_tool).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a tool",
    label = "not a tool",
    note = "put `#[secure_tool(…)]` on the function"
)]
pub trait FreeTool {
    /// Its definition.
    const TOOL: ToolDefinition<()>;
}

/// What a handler may return: an [`Output`](crate::Output), or a `Result` with one and any error.
#[diagnostic::on_unimplemented(
    message = "a tool cannot return `{Self}`",
    label = "neither declared as output, nor a `Result` with what is",
    note = "return `T` or `Result<T, E>`, where `T` is a struct or enum with `#[secure_output]`; `E` may be any error",
    note = "for JSON: declare the fields in a struct with `#[secure_output]`"
)]
pub trait Reply {
    /// What is disclosed on success.
    #[doc(hidden)]
    type Success: Disclose;
}

impl<T: Disclose> Reply for T {
    type Success = T;
}

impl<T: Disclose, E> Reply for Result<T, E> {
    type Success = T;
}

/// The schema of what a handler discloses. The one place of an expansion that asks what a tool
/// returns; its name is part of what the compiler says.
#[must_use]
pub fn tools_return_declared_output<R: Reply>() -> OutputSchema {
    R::Success::output_schema()
}

/// A tool with the state it works on.
pub(crate) trait Callable: Send + Sync {
    fn call<'a>(&'a self, call: Authorized<'a>) -> Handling<'a>;
}

pub(crate) struct Bound<S: 'static> {
    pub(crate) state: Arc<S>,
    pub(crate) call: for<'a> fn(&'a S, Authorized<'a>) -> Handling<'a>,
}

impl<S: Send + Sync> Callable for Bound<S> {
    fn call<'a>(&'a self, call: Authorized<'a>) -> Handling<'a> {
        (self.call)(&self.state, call)
    }
}
