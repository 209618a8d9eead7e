//! What the server supplies to a handler.

use std::fmt::Display;
use std::panic::resume_unwind;
use std::sync::Arc;

use rmcp::model::{
    BooleanSchema, ClientCapabilities, ElicitRequest, ElicitRequestParams, ElicitationSchema,
    InputRequest, PrimitiveSchemaDefinition, RequestMetaObject,
};
use rmcp::service::{Peer, RoleServer};
use serde_json::{Map, Value};

use crate::audit::Reference;
use crate::caller::Caller;
use crate::error::Refusal;
use crate::exchange::{Exchange, Line};
use crate::output::clean;
use crate::pipeline::Validated;

/// The call being served, beside its input.
///
/// Take it as `context: &Context`. A tool that takes `&Caller` alone, or neither, costs less to call over HTTP:
/// its client hears of the call when it is over, and nothing has to stand ready to tell it more (README, “Speed”).
#[derive(Debug, Clone)]
pub struct Context {
    pub(crate) caller: Caller,
    pub(crate) reference: Reference,
    pub(crate) exchange: Option<Arc<Exchange>>,
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

    /// Asks the person behind the client, and goes on only if they agree.
    ///
    /// The message is shown to a person: make it of what the tool is about to do, with the values that
    /// matter. It is cleaned as output is, and cut at 1 000 characters. A client that cannot ask, a
    /// person who declines, and an answer to another message end the call with a refusal.
    ///
    /// Ask **before** anything is done: a client of the revision 2026-07-28 answers by calling again, so the
    /// handler is dropped here and runs anew (MCP, “Multi round-trip requests”). Changed arguments
    /// need a new answer, and each answer counts once. Older clients are asked while the handler waits,
    /// within the time limit of the tool.
    pub async fn confirm(&self, message: &str) {
        let question = question(message);
        let answer = match &self.exchange {
            Some(exchange) => exchange.ask_strictly(question).await,
            None => nobody_to_ask(),
        };
        let said = |key: &str| answer.get(key).and_then(Value::as_str);
        let yes =
            answer.get("content").and_then(|content| content.get(CONFIRM)) == Some(&true.into());
        if said("action") != Some("accept") || !yes {
            self.refuse(Refusal::Declined).await
        }
    }

    /// Asks the client anything that MCP has a question for, and gives its answer as it came.
    ///
    /// The name tells the questions of a call apart. The answer is input that nobody has bounded or
    /// checked: it says what the client says, and not that a person did. For consent there is
    /// [`Context::confirm`], whose rules about when to ask hold here, too. A client that does not declare
    /// that it can be asked this ends the call with a refusal.
    pub async fn ask(&self, name: &str, question: InputRequest) -> Map<String, Value> {
        match &self.exchange {
            Some(exchange) => exchange.ask(name, question).await,
            None => nobody_to_ask(),
        }
    }

    /// Tells a client that asked for it how far the call is: `done` of `total` steps. Nothing, in the policy of a tool
    /// whose function does not take `&Context`.
    pub async fn progress(&self, done: f64, total: Option<f64>, message: &str) {
        if let Some(exchange) = &self.exchange {
            exchange.progress(done, total, message).await;
        }
    }

    /// True if the client declares that it can ask a person.
    #[must_use]
    pub fn can_confirm(&self) -> bool {
        let exchange = self.exchange.as_ref();
        exchange.is_some_and(|exchange| exchange.capabilities().elicitation.is_some())
    }

    /// The client, as the SDK has it, for what the framework has no words for. What is sent with it is
    /// neither cleaned, bounded nor recorded.
    ///
    /// `None` if the transport cannot talk back, and in the policy of a tool whose function does not take `&Context`.
    #[must_use]
    pub fn client(&self) -> Option<Client<'_>> {
        let exchange = self.exchange.as_ref()?;
        let Line { peer, meta } = exchange.open_line()?;
        Some(Client { peer, meta, capabilities: exchange.capabilities() })
    }

    async fn refuse(&self, refusal: Refusal) {
        match &self.exchange {
            Some(exchange) => exchange.refuse(refusal).await,
            None => resume_unwind(Box::new(refusal)),
        }
    }
}

/// The client of a call, as the SDK has it.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Client<'a> {
    /// Sends it requests and notifications.
    pub peer: &'a Peer<RoleServer>,
    /// What it sent beside the arguments, unchecked.
    pub meta: &'a RequestMetaObject,
    /// What it says it can.
    pub capabilities: &'a ClientCapabilities,
}

/// The name of what is agreed to.
const CONFIRM: &str = "confirm";

/// The longest question, in characters.
const LONGEST_QUESTION: usize = 1000;

fn question(message: &str) -> InputRequest {
    let message: String = clean(message.chars().take(LONGEST_QUESTION).collect());
    let confirmation = BooleanSchema::new().title("Yes, go on".to_owned());
    let schema = ElicitationSchema::builder()
        .required_property(CONFIRM, PrimitiveSchemaDefinition::Boolean(confirmation))
        .build()
        .expect("a schema whose required property is there");
    InputRequest::Elicitation(ElicitRequest::new(ElicitRequestParams::FormElicitationParams {
        meta: None,
        message,
        requested_schema: schema,
    }))
}

/// The most characters of one value in a question.
const LONGEST_VALUE: usize = 100;

/// A value in a question to a person: on one line, so that it cannot pretend to be more of the
/// question, and short.
#[must_use]
pub fn shown(value: &impl Display) -> String {
    let text = clean(value.to_string());
    let mut words = String::with_capacity(text.len().min(LONGEST_VALUE));
    let mut count = 0;
    for word in text.split_whitespace() {
        if count > 0 {
            words.push(' ');
        }
        for letter in word.chars() {
            if count == LONGEST_VALUE {
                words.push('…');
                return words;
            }
            words.push(letter);
            count += 1;
        }
    }
    words
}

/// Ends a call whose transport has nobody to ask. Unwinds, because no channel leads to the pipeline.
fn nobody_to_ask<T>() -> T {
    let mut needed = ClientCapabilities::default();
    needed.elicitation = Some(Default::default());
    resume_unwind(Box::new(Refusal::ClientCannotAsk(Box::new(needed))))
}

/// What a handler may borrow: it comes from the server, never from the client.
#[diagnostic::on_unimplemented(
    message = "the server cannot supply a `&{Self}`",
    label = "borrowed parameters are supplied by the server",
    note = "the server supplies `&Caller` and `&Context`",
    note = "what the client sends is taken by value, bounded: `title: Text<1, 200>`"
)]
pub trait Injected {
    /// Whether a handler that has it can talk to the client while the call runs.
    #[doc(hidden)]
    const TALKS: bool;

    /// The value for this call.
    #[doc(hidden)]
    fn inject<'a>(call: &'a Validated<'_>) -> &'a Self;
}

impl Injected for Caller {
    const TALKS: bool = false;

    fn inject<'a>(call: &'a Validated<'_>) -> &'a Self {
        &call.context().caller
    }
}

impl Injected for Context {
    const TALKS: bool = true;

    fn inject<'a>(call: &'a Validated<'_>) -> &'a Self {
        call.context()
    }
}
