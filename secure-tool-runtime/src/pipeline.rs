//! The order in which a call is guarded, on every transport.
//!
//! ```text
//! audit opens
//!   request → tool → caller → rate permit → authorized → decoded + validated input
//!           → authorizer → owned resources loaded → policy → confirmed
//!           → handler (time, concurrency and panics bounded)
//!           → disclosed, cleaned and bounded result without secrets, or a refusal
//! audit closes, also on refusal, panic, time-out and cancellation
//! ```
//!
//! Each stage hands the next a value that only it can make. An error in any guard refuses.

use std::any::Any;
use std::marker::PhantomData;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::Either;
use rmcp::model::{CallToolResponse, ErrorData, InputRequiredResult, JsonObject};
use serde_json::Value;
use tokio::task::coop::unconstrained;
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use crate::audit::{Reference, Shape};
use crate::authorizer::Question;
use crate::caller::Caller;
use crate::context::Context;
use crate::entry::Entry;
use crate::error::{Decision, IntoDecision, Refusal};
use crate::exchange::{Binding, Exchange, Halted, Incoming, States};
use crate::guards::{Guarded, Guards};
use crate::input::{At, InputObject, Violations};
use crate::output::Disclosed;
use crate::policy::Effect;
use crate::resource::secrets::guard::Replaced;
use crate::span;
use crate::tool::Handling;
use crate::trace_context::TraceContext;

/// A call as the transport hands it over.
pub(crate) struct Request {
    pub(crate) tool: std::borrow::Cow<'static, str>,
    pub(crate) arguments: Option<JsonObject>,
    pub(crate) caller: Option<Caller>,
    /// What the transport knows of the client, if it can be asked or told anything.
    pub(crate) client: Option<Incoming>,
    /// The span that it belongs to.
    pub(crate) trace: Option<Box<TraceContext>>,
    pub(crate) cancelled: CancellationToken,
}

/// Guards and serves one call. An `Err` is what the protocol has an error of its own for.
pub(crate) async fn call(
    guards: &Guards,
    mut request: Request,
) -> Result<CallToolResponse, ErrorData> {
    let reference = guards.references.next();
    let Ok(slot) = guards.audit.open().await else {
        // What cannot be recorded is not done.
        #[cfg(feature = "metrics")]
        guards.count_unrecorded();
        return Refusal::internal("the audit log is down").answer(reference);
    };
    let mut entry = Entry::open(slot, reference, request.caller.as_ref());
    if let Some(caller) = &request.caller {
        entry.unpermitted(guards, caller.hashed());
    }
    #[cfg(feature = "metrics")]
    entry.count_in(guards.metrics.as_ref());
    let Some(guarded) = guards.find(&request.tool) else {
        // Guessing names is limited like calling: each guess takes a line in the log.
        if let Some(caller) = &request.caller
            && let Err(refusal) = guards.permit_guess(caller).await
        {
            return entry.conclude(Err(refusal));
        }
        entry.permitted();
        entry.close("unknown_tool");
        return Err(ErrorData::invalid_params(
            "there is no tool of that name; see tools/list",
            None,
        ));
    };
    entry.tool(guarded);
    let span = span::of_call(guarded.tool.name, reference, request.trace.as_deref());
    #[cfg(all(feature = "command", target_os = "linux"))]
    let programs = entry.programs();
    let served = AssertUnwindSafe(serve(guards, guarded, &mut request, reference, &mut entry));
    #[cfg(all(feature = "command", target_os = "linux"))]
    let served = AssertUnwindSafe(programs.hear(served));
    let cut = span::Cut::new(&span);
    let served = served.catch_unwind().instrument(span.clone()).await;
    cut.ended();
    let served = served.unwrap_or_else(|payload| Err(unwound(payload)));
    if let Err(refusal) = &served {
        span::failed(&span, refusal.code());
    }
    entry.conclude(served)
}

/// A question that nobody can be asked unwinds with the refusal; everything else is a panic.
fn unwound(payload: Box<dyn Any + Send>) -> Refusal {
    payload.downcast().map_or(Refusal::Panicked, |refusal| *refusal)
}

async fn serve(
    guards: &Guards,
    guarded: &Guarded,
    request: &mut Request,
    reference: Reference,
    entry: &mut Entry<'_>,
) -> Result<CallToolResponse, Refusal> {
    let caller = request.caller.take().ok_or(Refusal::UnknownCaller)?;
    let permitted = permit(guards, guarded, caller, entry).await?;
    let arguments = request.arguments.take().unwrap_or_default();
    let replaced = entry.replaced();
    let authorized = authorize(permitted, arguments, reference, entry.arguments())?;
    let (authorized, conversation) =
        connect(guards, guarded, authorized, request.client.take(), &replaced).await?;
    let asked = guards.authorizer.as_ref().map(|authorizer| {
        authorizer.question(&guarded.tool, &authorized.context, &authorized.arguments)
    });
    let handling = guarded.tool.handler.call(authorized);
    match run(guarded, asked, handling, conversation.as_ref(), &request.cancelled).await? {
        Ended::Disclosed(disclosed) => {
            let limit = guarded.tool.policy.limits.max_output;
            let result = disclosed.into_result(limit, &replaced)?;
            Ok(CallToolResponse::Complete(result))
        }
        Ended::Asked(questions) => Ok(CallToolResponse::InputRequired(questions)),
    }
}

/// A caller who is within the rate limit of a tool.
struct Permitted<'a> {
    guarded: &'a Guarded,
    caller: Caller,
}

async fn permit<'a>(
    guards: &Guards,
    guarded: &'a Guarded,
    caller: Caller,
    entry: &mut Entry<'_>,
) -> Result<Permitted<'a>, Refusal> {
    guards.permit(guarded, &caller).await?;
    entry.permitted();
    Ok(Permitted { guarded, caller })
}

/// A call that its caller may make, as far as can be told without looking at the input.
#[derive(Debug)]
pub struct Authorized<'a> {
    context: Context,
    effect: Effect,
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
    let context = Context { caller, reference, exchange: None };
    Ok(Authorized { context, effect: guarded.tool.policy.effect, arguments, seen })
}

/// What a call needs to ask its client.
struct Conversation<'a> {
    exchange: Arc<Exchange>,
    states: &'a States,
    /// None where questions are asked on the session.
    binding: Option<Binding>,
}

/// Opens the way back to the client, for those who may call.
async fn connect<'a, 'b>(
    guards: &'b Guards,
    guarded: &Guarded,
    mut authorized: Authorized<'a>,
    client: Option<Incoming>,
    replaced: &Replaced,
) -> Result<(Authorized<'a>, Option<Conversation<'b>>), Refusal> {
    let Some(client) = client else { return Ok((authorized, None)) };
    let Authorized { context, arguments, .. } = &mut authorized;
    let subject = context.caller.subject().as_str();
    let bind = || Binding::new(subject, guarded.tool.name, arguments);
    let binding = client.needs_binding().then(bind).transpose()?;
    let (states, talks) = (&guards.states, guarded.tool.talks);
    let exchange =
        Arc::new(Exchange::open(client, talks, states, binding.as_ref(), replaced).await?);
    context.exchange = Some(Arc::clone(&exchange));
    Ok((authorized, Some(Conversation { exchange, states, binding })))
}

impl<'a> Authorized<'a> {
    /// Decodes and validates the input; all that is wrong with it is reported at once.
    pub fn decode<I: InputObject>(self) -> Result<(I, Validated<'a>), Refusal> {
        let mut violations = Violations::new();
        let arguments = Value::Object(self.arguments);
        let input = I::decode_object(arguments, Some(self.seen), &At::ROOT, &mut violations);
        match input {
            Some(input) if violations.is_empty() => Ok((
                input,
                Validated { context: self.context, effect: self.effect, _call: PhantomData },
            )),
            _ => Err(Refusal::InvalidInput(violations)),
        }
    }
}

/// A call whose input keeps its bounds. What a handler borrows comes from here.
#[derive(Debug)]
pub struct Validated<'a> {
    context: Context,
    effect: Effect,
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

    /// Goes on only if the person behind the client agrees.
    pub async fn confirm(&self, message: &str) {
        self.context.confirm(message).await;
    }

    pub(crate) fn context(&self) -> &Context {
        &self.context
    }

    /// What the tool does to the world.
    pub(crate) fn effect(&self) -> Effect {
        self.effect
    }
}

/// What a handler came to.
enum Ended {
    Disclosed(Disclosed),
    /// It asked, and runs anew with the answers.
    Asked(InputRequiredResult),
}

/// What a handler that cannot go on comes to. Never, without a client to talk to.
async fn halted(conversation: Option<&Conversation<'_>>) -> Result<Ended, Refusal> {
    let Some(Conversation { exchange, states, binding }) = conversation else {
        return std::future::pending().await;
    };
    match (exchange.halted().await, binding) {
        (Halted::Refused(refusal), _) => Err(refusal),
        (Halted::Asks(wanted), Some(binding)) => {
            exchange.questions(wanted, states, binding).map(Ended::Asked)
        }
        (Halted::Asks(_), None) => Err(Refusal::internal("questions without a round to ask in")),
    }
}

/// Runs authorizer, policy and handler within the limits of time and concurrency, until the client withdraws.
async fn run(
    guarded: &Guarded,
    asked: Option<Question<'_>>,
    handling: Handling<'_>,
    conversation: Option<&Conversation<'_>>,
    cancelled: &CancellationToken,
) -> Result<Ended, Refusal> {
    let handler = handling?;
    let place = Arc::clone(&guarded.running).try_acquire_owned().map_err(|_| Refusal::Busy)?;
    let _place = match conversation {
        Some(conversation) if conversation.exchange.asks_on_the_session() => {
            Either::Left(conversation.exchange.keeps(place))
        }
        _ => Either::Right(place),
    };
    let limit = guarded.tool.policy.limits.timeout;
    let handled = async {
        if let Some(asked) = asked {
            asked.await?;
        }
        handler.await
    };
    tokio::select! {
        // A handler that is ready at once pays for neither the token nor the timer.
        biased;
        handled = handled => handled.map(Ended::Disclosed),
        () = cancelled.cancelled() => Err(Refusal::Cancelled),
        ended = halted(conversation) => ended,
        // Also if the handler leaves nothing of what tokio gives a task at a time.
        () = unconstrained(async { tokio::time::sleep(limit).await }) => Err(Refusal::TimedOut(limit)),
    }
}
