//! Authorization by the server, beside the clauses of its tools (checklist: Authorization).
//!
//! A tool's own clauses are written where the tool is. An [`Authorizer`] is installed once, with
//! [`Server::authorizer`](crate::Server::authorizer), and decides every call of every tool: by a
//! policy file, a list of suspended accounts, the hour of the day.
//!
//! It is asked when the caller has the scopes and roles of the tool and the input keeps its bounds,
//! and before the tool's own policy. **All have to allow.** An error, a panic and a time-out deny. When the
//! server is made, it is asked whether it knows each tool: [`Authorizer::check_tool`].
//!
//! ```
//! use secure_tool_runtime::authorizer::{Authorizer, Error, ToolCall, Verdict};
//! use secure_tool_runtime::policy::Effect;
//!
//! /// Nothing is destroyed while books are closed.
//! struct ClosedBooks;
//!
//! impl Authorizer for ClosedBooks {
//!     async fn authorize(&self, call: &ToolCall<'_>) -> Result<Verdict, Error> {
//!         match call.policy().effect {
//!             Effect::Destructive => Ok(Verdict::deny("the books are closed")),
//!             _ => Ok(Verdict::Allow),
//!         }
//!     }
//! }
//! ```

#[cfg(feature = "cedar")]
pub mod cedar;

use std::borrow::Cow;
use std::fmt;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;

use rmcp::model::JsonObject;

use crate::audit::Reference;
use crate::caller::Caller;
use crate::context::Context;
use crate::error::{Decision, Refusal};
use crate::policy::Policy;
use crate::server::StartError;
use crate::tool_set::{Tool, ToolSet};

/// Why an authorizer could not decide. It is for the log, as it is displayed, and must not hold a value of the
/// input; the call is refused.
pub type Error = Box<dyn std::error::Error + Send + Sync>;

/// Decides about all calls of a server; see [the module](self).
pub trait Authorizer: Send + Sync + 'static {
    /// Decides one call. It runs within the tool's limits of time and concurrency.
    ///
    /// # Errors
    /// An error denies: the client is told a reference id, and the log the cause.
    fn authorize(&self, call: &ToolCall<'_>)
    -> impl Future<Output = Result<Verdict, Error>> + Send;

    /// Whether `tools/list` shows a tool to a caller who has its scopes and roles. Hiding it does not
    /// forbid it.
    fn may_list(&self, caller: &Caller, tool: &str, policy: &Policy) -> bool {
        let _ = (caller, tool, policy);
        true
    }

    /// Whether calls of a tool can be decided at all. Each tool is asked about when the server is made,
    /// which refuses to start if there is an error: a rule that is missing is found before the first call.
    ///
    /// # Errors
    /// If calls of the tool could only be denied for what the authorizer lacks. The text is for the
    /// operator: say what to add.
    fn check_tool(&self, tool: &str, policy: &Policy) -> Result<(), Error> {
        let _ = (tool, policy);
        Ok(())
    }
}

/// Keep one handle, to reload it, and install the other.
impl<A: Authorizer> Authorizer for Arc<A> {
    fn authorize(
        &self,
        call: &ToolCall<'_>,
    ) -> impl Future<Output = Result<Verdict, Error>> + Send {
        A::authorize(self, call)
    }

    fn may_list(&self, caller: &Caller, tool: &str, policy: &Policy) -> bool {
        A::may_list(self, caller, tool, policy)
    }

    fn check_tool(&self, tool: &str, policy: &Policy) -> Result<(), Error> {
        A::check_tool(self, tool, policy)
    }
}

/// What an authorizer comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The call may go on to the tool's own policy.
    Allow,
    /// It may not. The reason is for the log; clients are told the same sentence whatever it is.
    Deny(Cow<'static, str>),
}

impl Verdict {
    /// Denies for a reason.
    pub fn deny(reason: impl Into<Cow<'static, str>>) -> Self {
        Verdict::Deny(reason.into())
    }
}

impl From<Decision> for Verdict {
    fn from(decision: Decision) -> Self {
        match decision {
            Decision::Allow => Verdict::Allow,
            Decision::Deny => Verdict::deny("no reason is given"),
        }
    }
}

/// A call to be decided.
pub struct ToolCall<'a> {
    tool: &'a Tool,
    context: Context,
    input: JsonObject,
}

impl ToolCall<'_> {
    /// Who calls.
    #[must_use]
    pub fn caller(&self) -> &Caller {
        self.context.caller()
    }

    /// The name of the tool.
    #[must_use]
    pub fn tool(&self) -> &'static str {
        self.tool.name
    }

    /// What the tool declares: effect, clauses and limits.
    #[must_use]
    pub fn policy(&self) -> &Policy {
        &self.tool.policy
    }

    /// The input as the client wrote it, known to keep the bounds of the tool: it has the declared
    /// fields and no others. What may be missing may be missing here.
    #[must_use]
    pub fn input(&self) -> &JsonObject {
        &self.input
    }

    /// The id under which the audit log has this call.
    #[must_use]
    pub fn reference(&self) -> Reference {
        self.context.reference()
    }
}

/// Not the input: it is the client's.
impl fmt::Debug for ToolCall<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ToolCall").field("tool", &self.tool.name).finish_non_exhaustive()
    }
}

/// An authorizer of some type.
trait Decides: Send + Sync {
    fn authorize<'a>(&'a self, call: &'a ToolCall<'a>) -> Deciding<'a>;
    fn may_list(&self, caller: &Caller, tool: &Tool) -> bool;
    fn check_tool(&self, tool: &Tool) -> Result<(), Error>;
}

type Deciding<'a> = Pin<Box<dyn Future<Output = Result<Verdict, Error>> + Send + 'a>>;

impl<A: Authorizer> Decides for A {
    fn authorize<'a>(&'a self, call: &'a ToolCall<'a>) -> Deciding<'a> {
        Box::pin(Authorizer::authorize(self, call))
    }

    fn may_list(&self, caller: &Caller, tool: &Tool) -> bool {
        Authorizer::may_list(self, caller, tool.name, &tool.policy)
    }

    fn check_tool(&self, tool: &Tool) -> Result<(), Error> {
        Authorizer::check_tool(self, tool.name, &tool.policy)
    }
}

/// The authorizer of a server.
#[derive(Clone)]
pub(crate) struct Installed(Arc<dyn Decides>);

impl Installed {
    pub(crate) fn new(authorizer: impl Authorizer) -> Self {
        Installed(Arc::new(authorizer))
    }

    /// Asks, once the answer is waited for.
    pub(crate) fn question<'a>(
        &'a self,
        tool: &'a Tool,
        context: &Context,
        input: &JsonObject,
    ) -> Question<'a> {
        let call = ToolCall { tool, context: context.clone(), input: input.clone() };
        Box::pin(async move {
            match self.0.authorize(&call).await {
                Ok(Verdict::Allow) => Ok(()),
                Ok(Verdict::Deny(reason)) => Err(Refusal::Unauthorized(reason.as_ref().into())),
                Err(error) => Err(Refusal::internal(DisplayAsDebug(error))),
            }
        })
    }

    /// An authorizer that panics shows nothing: a panic here would leave the client without an answer.
    pub(crate) fn may_list(&self, caller: &Caller, tool: &Tool) -> bool {
        catch_unwind(AssertUnwindSafe(|| self.0.may_list(caller, tool))).unwrap_or(false)
    }

    /// Asks about each tool of a server that is about to be made.
    pub(crate) fn check_tools(&self, tools: &ToolSet) -> Result<(), StartError> {
        tools.tools.values().try_for_each(|tool| {
            self.0.check_tool(tool).map_err(|error| {
                StartError::new(
                    format!("the authorizer cannot decide about calls of `{}`", tool.name),
                    "let the authorizer know the tool, or leave the tool out",
                )
                .because(io::Error::other(error))
            })
        })
    }
}

/// The answer to come.
pub(crate) type Question<'a> = Pin<Box<dyn Future<Output = Result<(), Refusal>> + Send + 'a>>;

/// Errors say more to people when they are displayed.
struct DisplayAsDebug(Error);

impl fmt::Debug for DisplayAsDebug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the authorizer failed: {}", self.0)
    }
}
