//! The order in which a call is guarded, on every transport.
//!
//! ```text
//! audit opens
//!   request → tool → caller → rate permit → authorized → decoded + validated input
//!           → policy → handler (time, concurrency and panics bounded)
//!           → disclosed, cleaned and bounded result, or a refusal
//! audit closes, also on refusal, panic, time-out and cancellation
//! ```
//!
//! Each stage hands the next a value that only it can make. An error in any guard refuses.

use std::marker::PhantomData;
use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;
use rmcp::model::{CallToolResult, ErrorData, JsonObject};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::audit::{Reference, Shape};
use crate::caller::Caller;
use crate::context::Context;
use crate::entry::Entry;
use crate::error::{Decision, IntoDecision, Refusal};
use crate::guards::{Guarded, Guards};
use crate::input::{At, InputObject, Violations};
use crate::output::{Disclosed, Output};
use crate::tool::{Handled, Handling};

/// A call as the transport hands it over.
pub(crate) struct Request {
    pub(crate) tool: std::borrow::Cow<'static, str>,
    pub(crate) arguments: Option<JsonObject>,
    pub(crate) caller: Option<Caller>,
    pub(crate) cancelled: CancellationToken,
}

/// Guards and serves one call. An `Err` is a protocol error: there is no such tool.
pub(crate) async fn call(
    guards: &Guards,
    mut request: Request,
) -> Result<CallToolResult, ErrorData> {
    let reference = guards.references.next();
    let Ok(slot) = guards.audit.open().await else {
        // What cannot be recorded is not done.
        return Ok(Refusal::internal("the audit log is down").to_result(reference));
    };
    let mut entry = Entry::open(slot, reference, request.caller.as_ref());
    let Some(guarded) = guards.find(&request.tool) else {
        // Guessing names is limited like calling: each guess takes a line in the log.
        if let Some(caller) = &request.caller
            && let Err(refusal) = guards.permit_guess(caller)
        {
            return Ok(entry.conclude(Err(refusal)));
        }
        entry.close("unknown_tool");
        return Err(ErrorData::invalid_params(
            "there is no tool of that name; see tools/list",
            None,
        ));
    };
    entry.tool(guarded.tool.name);
    let served = AssertUnwindSafe(serve(guards, guarded, &mut request, reference, &mut entry));
    let served = served.catch_unwind().await.unwrap_or(Err(Refusal::Panicked));
    Ok(entry.conclude(served))
}

async fn serve(
    guards: &Guards,
    guarded: &Guarded,
    request: &mut Request,
    reference: Reference,
    entry: &mut Entry<'_>,
) -> Result<CallToolResult, Refusal> {
    let caller = request.caller.take().ok_or(Refusal::UnknownCaller)?;
    let permitted = permit(guards, guarded, caller)?;
    let arguments = request.arguments.take().unwrap_or_default();
    let authorized = authorize(permitted, arguments, reference, entry.arguments())?;
    let handling = guarded.tool.handler.call(authorized);
    let disclosed = run(guarded, handling, &request.cancelled).await?;
    disclosed.into_result(guarded.tool.policy.limits.max_output)
}

/// A caller who is within the rate limit of a tool.
struct Permitted<'a> {
    guarded: &'a Guarded,
    caller: Caller,
}

fn permit<'a>(
    guards: &Guards,
    guarded: &'a Guarded,
    caller: Caller,
) -> Result<Permitted<'a>, Refusal> {
    let limits = &guarded.tool.policy.limits;
    let key = guards.rate_key(guarded, &caller);
    match guarded.limiter.check(key) {
        Ok(()) => Ok(Permitted { guarded, caller }),
        Err(exceeded) => {
            Err(Refusal::RateLimited { rate: limits.rate, retry_after: exceeded.retry_after })
        }
    }
}

/// A call that its caller may make, as far as can be told without looking at the input.
#[derive(Debug)]
pub struct Authorized<'a> {
    context: Context,
    arguments: JsonObject,
    /// What the record says about the arguments.
    seen: &'a mut Shape,
}

fn authorize<'a>(
    permitted: Permitted<'a>,
    arguments: JsonObject,
    reference: Reference,
    seen: &'a mut Shape,
) -> Result<Authorized<'a>, Refusal> {
    let Permitted { guarded, caller } = permitted;
    if !guarded.may_call(&caller) {
        let authorization = &guarded.tool.policy.authorization;
        return Err(Refusal::Forbidden {
            scopes: authorization.scopes,
            roles: authorization.roles,
        });
    }
    Ok(Authorized { context: Context { caller, reference }, arguments, seen })
}

impl<'a> Authorized<'a> {
    /// Decodes and validates the input; all that is wrong with it is reported at once.
    pub fn decode<I: InputObject>(self) -> Result<(I, Validated<'a>), Refusal> {
        let mut violations = Violations::new();
        let arguments = Value::Object(self.arguments);
        let input = I::decode_object(arguments, Some(self.seen), &At::ROOT, &mut violations);
        match input {
            Some(input) if violations.is_empty() => {
                Ok((input, Validated { context: self.context, _call: PhantomData }))
            }
            _ => Err(Refusal::InvalidInput(violations)),
        }
    }
}

/// A call whose input keeps its bounds. What a handler borrows comes from here.
#[derive(Debug)]
pub struct Validated<'a> {
    context: Context,
    // Ties the product of this stage to the call that made it.
    _call: PhantomData<&'a Guarded>,
}

impl Validated<'_> {
    /// Goes on only if the policy allows. An error of the policy denies.
    pub fn decide(&self, decision: impl IntoDecision) -> Result<(), Refusal> {
        match decision.into_decision()? {
            Decision::Allow => Ok(()),
            Decision::Deny => Err(Refusal::Denied),
        }
    }

    /// Turns the handler's value into what leaves the server.
    pub fn disclose(&self, output: impl Output) -> Disclosed {
        Disclosed::new(output)
    }

    pub(crate) fn context(&self) -> &Context {
        &self.context
    }
}

/// Runs policy and handler within the limits of time and concurrency, until the client withdraws.
async fn run(guarded: &Guarded, handling: Handling<'_>, cancelled: &CancellationToken) -> Handled {
    let handler = handling?;
    let _running = guarded.running.try_acquire().map_err(|_| Refusal::Busy)?;
    let limit = guarded.tool.policy.limits.timeout;
    tokio::select! {
        // A handler that is ready at once pays for neither the token nor the timer.
        biased;
        handled = handler => handled,
        () = cancelled.cancelled() => Err(Refusal::Cancelled),
        () = async { tokio::time::sleep(limit).await } => Err(Refusal::TimedOut(limit)),
    }
}
