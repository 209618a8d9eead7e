//! Talking back to the client while its call runs: progress, and questions to the person behind it.
//!
//! A client of the revision 2026-07-28 gets its questions as the result of the call and calls again with
//! the answers (*multi round-trip request*): the handler is dropped where it asked, and runs anew.
//! So a handler asks before it does anything. Older clients are asked on their session, and the handler waits.

mod place;
mod state;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rmcp::model::{
    ClientCapabilities, ElicitRequestParams, ElicitationCapability, InputRequest, InputRequests,
    InputRequiredResult, InputResponses, ProgressNotificationParam, ProtocolVersion,
    RequestMetaObject, ServerRequest,
};
use rmcp::service::{Peer, RequestContext, RoleServer, ServiceError};
use serde_json::{Map, Value};
use tokio::sync::{Notify, OwnedSemaphorePermit};

pub(crate) use self::place::{Place, Taken};
use self::state::{Asked, State};
pub(crate) use self::state::{Binding, States};
use crate::error::Refusal;
use crate::resource::secrets::{self, guard::Replaced, guard::in_question};

/// Questions that one call may ask at once, and answers that are kept between its rounds.
const MOST_QUESTIONS: usize = 16;

/// The longest name of a question, in bytes.
const LONGEST_KEY: usize = 64;

/// Leads to the client of a call while it runs.
pub(crate) struct Line {
    /// The SDK's handle of the client.
    pub(crate) peer: Peer<RoleServer>,
    /// What the client sent beside the arguments.
    pub(crate) meta: RequestMetaObject,
}

/// What a transport brings beside a call, to talk back to its client.
pub(crate) struct Incoming {
    line: Option<Line>,
    capabilities: ClientCapabilities,
    /// True if questions are the result of the call (2026-07-28).
    in_rounds: bool,
    /// True if there is nobody who could be asked while the call runs.
    alone: bool,
    responses: Option<InputResponses>,
    state: Option<String>,
}

impl Incoming {
    /// What the context of a request and its parameters hold.
    pub(crate) fn new(
        context: RequestContext<RoleServer>,
        responses: Option<InputResponses>,
        state: Option<String>,
    ) -> Self {
        let capabilities = context.client_capabilities().unwrap_or_default();
        let in_rounds = context
            .protocol_version()
            .is_some_and(|version| version >= ProtocolVersion::V_2026_07_28);
        let alone = !in_rounds && is_alone(&context);
        let RequestContext { peer, meta, .. } = context;
        let line = Some(Line { peer, meta });
        Incoming { line, capabilities, in_rounds, alone, responses, state }
    }

    /// Of a client that hears of its call when it is over, and not before.
    #[cfg(feature = "http")]
    pub(crate) fn without_line(
        capabilities: ClientCapabilities,
        in_rounds: bool,
        responses: Option<InputResponses>,
        state: Option<String>,
    ) -> Self {
        let alone = !in_rounds;
        Incoming { line: None, capabilities, in_rounds, alone, responses, state }
    }

    /// True if the call goes on where an earlier one asked, or could ask.
    pub(crate) fn needs_binding(&self) -> bool {
        let ClientCapabilities { elicitation, sampling, roots, .. } = &self.capabilities;
        self.in_rounds
            && (self.state.is_some()
                || elicitation.is_some()
                || sampling.is_some()
                || roots.is_some())
    }
}

/// The client of one call, while the call runs.
pub(crate) struct Exchange {
    line: Option<Line>,
    /// Whether what serves the call may use the line for more than questions.
    talks: bool,
    capabilities: ClientCapabilities,
    in_rounds: bool,
    place: Place,
    answers: Answers,
    /// Why the handler cannot go on.
    halt: Mutex<Halt>,
    halted: Notify,
    replaced: Replaced,
}

/// What the client has answered, in this round and before.
#[derive(Default)]
struct Answers {
    /// By the name of the question. Those that came unasked may be among them.
    given: BTreeMap<String, Value>,
    /// The questions that were asked for sure: by this server, for this call.
    asked: BTreeMap<String, Asked>,
}

#[derive(Default)]
struct Halt {
    wanted: InputRequests,
    refusal: Option<Refusal>,
}

/// How a handler that could not go on ends.
pub(crate) enum Halted {
    /// The client has to answer these.
    Asks(InputRequests),
    /// The call is refused.
    Refused(Refusal),
}

impl Exchange {
    /// Opens what the client brought.
    ///
    /// # Errors
    /// If it brought a state that this server did not seal for this caller, tool and arguments, that
    /// is too old, or that was used before.
    pub(crate) async fn open(
        incoming: Incoming,
        talks: bool,
        states: &States,
        binding: Option<&Binding>,
        replaced: &Replaced,
    ) -> Result<Self, Refusal> {
        let Incoming { line, capabilities, in_rounds, alone, responses, state } = incoming;
        // Whatever it says: what is asked outside of a session reaches nobody.
        let capabilities = if alone { ClientCapabilities::default() } else { capabilities };
        let mut answers = Answers::default();
        if let (Some(sealed), Some(binding)) = (state, binding) {
            let State { asked, answers: earlier, .. } = states.open(&sealed, binding).await?;
            answers = Answers { given: earlier, asked };
        }
        for (key, answer) in responses.into_iter().flatten() {
            // What is no object is no answer: it is asked for again.
            if answer.is_object()
                && answers.given.len() < MOST_QUESTIONS
                && key.len() <= LONGEST_KEY
            {
                answers.given.insert(key, answer);
            }
        }
        Ok(Exchange {
            line,
            talks,
            capabilities,
            in_rounds,
            place: Place::default(),
            answers,
            halt: Mutex::default(),
            halted: Notify::new(),
            replaced: replaced.clone(),
        })
    }

    /// True if the handler waits for answers where it asks.
    pub(crate) fn asks_on_the_session(&self) -> bool {
        !self.in_rounds
    }

    /// Keeps the place of the handler, which may wait for a person.
    pub(crate) fn keeps(&self, permit: OwnedSemaphorePermit) -> Taken<'_> {
        self.place.take(permit)
    }

    /// What leads to the client while the call runs. The way on which a call came makes no difference to one that
    /// does not talk.
    pub(crate) fn open_line(&self) -> Option<&Line> {
        self.line.as_ref().filter(|_| self.talks)
    }

    /// What the client can be asked.
    pub(crate) fn capabilities(&self) -> &ClientCapabilities {
        &self.capabilities
    }

    /// Tells how far the call is, if the client wants to know.
    pub(crate) async fn progress(&self, done: f64, total: Option<f64>, message: &str) {
        let Some(Line { peer, meta }) = self.open_line() else { return };
        let Some(token) = meta.get_progress_token() else { return };
        let mut progress = ProgressNotificationParam::new(token, done);
        progress.total = total;
        let mut message = crate::output::clean(message.to_owned());
        self.replaced.add(secrets::replace(&mut message));
        progress.message = Some(message);
        // A client that is gone misses nothing.
        let _ = peer.notify_progress(progress).await;
    }

    /// The answer to a question. Returns only if there is one.
    pub(crate) async fn ask(&self, key: &str, question: InputRequest) -> Map<String, Value> {
        let question = self.admitted(question).await;
        self.ask_admitted(key, question).await
    }

    /// The same, where only an answer counts that was given to this very question.
    pub(crate) async fn ask_strictly(&self, question: InputRequest) -> Map<String, Value> {
        let question = self.admitted(question).await;
        let this = Asked::of(&question);
        let key = this.key();
        if self.in_rounds && self.answers.asked.get(&key) != Some(&this) {
            return self.want(&key, question).await;
        }
        self.ask_admitted(&key, question).await
    }

    async fn ask_admitted(&self, key: &str, question: InputRequest) -> Map<String, Value> {
        match self.in_rounds {
            true => match self.answers.given.get(key) {
                Some(Value::Object(answer)) => answer.clone(),
                _ => self.want(key, question).await,
            },
            false => self.ask_on_the_session(question).await,
        }
    }

    /// A question that the client can be asked, as it may leave. Returns only if there is one.
    async fn admitted(&self, question: InputRequest) -> InputRequest {
        if let Some(missing) = self.missing(&question) {
            return self.refuse(Refusal::ClientCannotAsk(Box::new(missing))).await;
        }
        match in_question(question) {
            Some((question, count)) => {
                self.replaced.add(count);
                question
            }
            None => {
                let cause = "a question that is none without the secret in it";
                self.refuse(Refusal::internal(cause)).await
            }
        }
    }

    /// What the client would have to be able to do.
    fn missing(&self, question: &InputRequest) -> Option<ClientCapabilities> {
        let can = &self.capabilities;
        let mut needed = ClientCapabilities::default();
        let missing = match question {
            InputRequest::CreateMessage(_) => {
                needed.sampling = Some(Default::default());
                can.sampling.is_none()
            }
            InputRequest::ListRoots(_) => {
                needed.roots = Some(Default::default());
                can.roots.is_none()
            }
            InputRequest::Elicitation(question) => {
                let (mode, missing) = mode(&question.params, can.elicitation.as_ref());
                needed.elicitation = Some(mode);
                missing
            }
            // Whatever else there may be one day: nobody is asked what we do not know.
            _ => true,
        };
        missing.then_some(needed)
    }

    async fn ask_on_the_session(&self, question: InputRequest) -> Map<String, Value> {
        let request = match question {
            InputRequest::CreateMessage(request) => ServerRequest::CreateMessageRequest(request),
            InputRequest::Elicitation(request) => ServerRequest::ElicitRequest(request),
            InputRequest::ListRoots(request) => ServerRequest::ListRootsRequest(request),
            _ => return self.refuse(Refusal::internal("an unknown kind of question")).await,
        };
        let Some(Line { peer, .. }) = &self.line else {
            // Who has none is known not to be asked so.
            return self.refuse(Refusal::internal("no session to ask on")).await;
        };
        let answer = match self.place.without(peer.send_request(request)).await {
            Ok(answer) => serde_json::to_value(answer).map_err(Refusal::internal),
            Err(error) => Err(Refusal::Unanswered(unanswered(&error))),
        };
        match answer {
            Ok(Value::Object(answer)) => answer,
            Ok(_) => self.refuse(Refusal::Unanswered("the answer is no object".into())).await,
            Err(refusal) => self.refuse(refusal).await,
        }
    }

    /// Ends the call with a question, once all that run at the same time have asked theirs.
    async fn want<T>(&self, key: &str, question: InputRequest) -> T {
        {
            let mut halt = self.lock();
            if halt.wanted.len() >= MOST_QUESTIONS || key.len() > LONGEST_KEY {
                halt.refusal =
                    Some(Refusal::internal("too many questions, or one with a long name"));
            }
            halt.wanted.insert(key.to_owned(), question);
        }
        self.never().await
    }

    pub(crate) async fn refuse<T>(&self, refusal: Refusal) -> T {
        self.lock().refusal.get_or_insert(refusal);
        self.never().await
    }

    async fn never<T>(&self) -> T {
        self.halted.notify_one();
        std::future::pending().await
    }

    fn lock(&self) -> MutexGuard<'_, Halt> {
        // Nothing in there can be half-done.
        self.halt.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until the handler cannot go on.
    pub(crate) async fn halted(&self) -> Halted {
        self.halted.notified().await;
        let Halt { wanted, refusal } = std::mem::take(&mut *self.lock());
        match refusal {
            Some(refusal) => Halted::Refused(refusal),
            None => Halted::Asks(wanted),
        }
    }

    /// The result that asks, with all that the next round has to know.
    pub(crate) fn questions(
        &self,
        wanted: InputRequests,
        states: &States,
        binding: &Binding,
    ) -> Result<InputRequiredResult, Refusal> {
        let mut asked = self.answers.asked.clone();
        asked.extend(wanted.iter().map(|(key, question)| (key.clone(), Asked::of(question))));
        let mut given = self.answers.given.clone();
        given.retain(|key, _| !wanted.contains_key(key));
        let sealed = states.seal(asked, given, binding)?;
        Ok(InputRequiredResult::new(Some(wanted), Some(sealed)))
    }
}

/// True if a request came over our HTTP, and not in a session: then no question of ours finds its client.
/// Other transports know for themselves.
#[cfg(feature = "http")]
fn is_alone(context: &RequestContext<RoleServer>) -> bool {
    use crate::server::{ClientAddress, InSession};
    let parts = context.extensions.get::<http::request::Parts>();
    parts.is_some_and(|parts| parts.extensions.get::<ClientAddress>().is_some())
        && context.extensions.get::<InSession>().is_none()
}

#[cfg(not(feature = "http"))]
fn is_alone(_: &RequestContext<RoleServer>) -> bool {
    false
}

/// The mode of elicitation that a question needs, and whether the client lacks it. One that declares
/// elicitation without any mode shows forms (MCP 2025-11-25, “Elicitation”, “Capabilities”).
fn mode(
    question: &ElicitRequestParams,
    can: Option<&ElicitationCapability>,
) -> (ElicitationCapability, bool) {
    let mode = ElicitationCapability::new();
    match question {
        ElicitRequestParams::UrlElicitationParams { .. } => {
            (mode.with_url(Default::default()), can.is_none_or(|can| can.url.is_none()))
        }
        _ => {
            let shows = |can: &ElicitationCapability| can.form.is_some() || can.url.is_none();
            (mode.with_form(Default::default()), !can.is_some_and(shows))
        }
    }
}

/// Why there is no answer, for the log: without the words of the client.
fn unanswered(error: &ServiceError) -> Box<str> {
    match error {
        ServiceError::McpError(error) => {
            format!("the client answered with the error {}", error.code.0).into()
        }
        ServiceError::Timeout { .. } => "no answer came in time".into(),
        _ => "the client is gone, or answered something else".into(),
    }
}

impl fmt::Debug for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exchange").field("in_rounds", &self.in_rounds).finish_non_exhaustive()
    }
}
