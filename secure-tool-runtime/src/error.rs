//! What goes wrong, in two texts: one for the client, one for the log.
//!
//! The client's text is a clear sentence that says what to change. It never repeats a value that the
//! client sent or that an inner error carried (checklist, “Error Handling”).

use std::fmt;
use std::time::Duration;

use rmcp::model::{
    CallToolResponse, CallToolResult, ClientCapabilities, ContentBlock, ErrorData, MetaObject,
};
use serde_json::Map;

use crate::audit::{Outcome, Reference};
use crate::digits::push_number;
use crate::input::{Violations, push_names};
use crate::policy::Rate;
use crate::resource::secrets;

/// The longest cause that is kept for the log, in bytes; and beyond it as much as the longest secret, so
/// that none is cut before it was looked for.
const CAUSE_CEILING: usize = 2048;

/// A usual length of a sentence: room for it is made at once.
const SENTENCE: usize = 96;

/// The key in a result's `_meta` under which programs find the code of a refusal.
pub const REFUSAL_KEY: &str = "secure-tool/refusal";

/// The code of [`Refusal::Forbidden`].
pub(crate) const FORBIDDEN: &str = "forbidden";

/// That of a call that was cut off.
pub(crate) const CANCELLED: &str = "cancelled";

/// Why a call was not served.
#[derive(Debug)]
#[non_exhaustive]
pub enum Refusal {
    /// The transport brought no authenticated caller.
    UnknownCaller,
    /// The caller, client or tool has used up its rate.
    RateLimited {
        /// The limit.
        rate: Rate,
        /// When the next call will be let through.
        retry_after: Duration,
    },
    /// The caller lacks scopes or roles.
    Forbidden {
        /// Scopes of the tool, all of them.
        scopes: &'static [&'static str],
        /// Roles of the tool, all of them.
        roles: &'static [&'static str],
    },
    /// The tool's policy does not allow this caller this input.
    Denied,
    /// The server's authorizer does not allow it. The reason is for the log only.
    Unauthorized(Box<str>),
    /// There is no such resource, or it belongs to somebody else: one answer for both.
    NoSuchResource {
        /// The parameter that names it.
        parameter: &'static str,
        /// It exists. For the log only.
        exists: bool,
    },
    /// The input breaks rules.
    InvalidInput(Violations),
    /// As many calls of the tool are running as may.
    Busy,
    /// What instances share is out of reach, so that a limit cannot be asked for. The cause is for the
    /// log only.
    Unavailable(Box<str>),
    /// The call took longer than the tool may.
    TimedOut(Duration),
    /// The client withdrew the call, or is gone.
    Cancelled,
    /// The handler panicked.
    Panicked,
    /// The result is larger than the tool may return.
    OutputTooLarge {
        /// The limit, in bytes of JSON.
        limit: usize,
    },
    /// The tool has to ask, and the client does not say that it can be asked.
    ClientCannotAsk(Box<ClientCapabilities>),
    /// Nobody answered. The cause is for the log only.
    Unanswered(Box<str>),
    /// The person whom the client asked said no.
    Declined,
    /// The client's `requestState` is not one of this call, is too old, or was used before.
    InvalidState,
    /// An error whose text the author made public.
    Public(&'static str),
    /// Any other error. The cause is for the log only.
    Internal(Box<str>),
}

impl Refusal {
    /// An internal error with its cause.
    pub fn internal(cause: impl fmt::Debug) -> Self {
        Refusal::Internal(cause_text(format_args!("{cause:?}")))
    }

    /// The stable code of the reason, for the log and for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Refusal::UnknownCaller => "unknown_caller",
            Refusal::RateLimited { .. } => "rate_limited",
            Refusal::Forbidden { .. } => FORBIDDEN,
            Refusal::Denied | Refusal::Unauthorized(_) => "denied",
            Refusal::NoSuchResource { .. } => "no_such_resource",
            Refusal::InvalidInput(_) => "invalid_input",
            Refusal::Busy => "busy",
            Refusal::Unavailable(_) => "unavailable",
            Refusal::TimedOut(_) => "timed_out",
            Refusal::Cancelled => CANCELLED,
            Refusal::Panicked => "panicked",
            Refusal::OutputTooLarge { .. } => "output_too_large",
            Refusal::ClientCannotAsk(_) => "client_cannot_ask",
            Refusal::Unanswered(_) => "unanswered",
            Refusal::Declined => "declined",
            Refusal::InvalidState => "invalid_state",
            Refusal::Public(_) => "public_error",
            Refusal::Internal(_) => "internal",
        }
    }

    /// How the call ended, for the audit record.
    pub(crate) fn outcome(&self) -> Outcome {
        match self {
            Refusal::Cancelled => Outcome::Cancelled,
            Refusal::TimedOut(_)
            | Refusal::Panicked
            | Refusal::OutputTooLarge { .. }
            | Refusal::Public(_)
            | Refusal::Unavailable(_)
            | Refusal::Internal(_) => Outcome::Failed,
            _ => Outcome::Refused,
        }
    }

    /// The sentence for the client.
    #[must_use]
    pub fn sentence(&self, reference: Reference) -> String {
        match self {
            Refusal::UnknownCaller => {
                "This call carries no identity: authenticate and call again.".into()
            }
            Refusal::RateLimited { rate, retry_after } => rate_limited(*rate, *retry_after),
            Refusal::Forbidden { scopes, roles } => forbidden(scopes, roles),
            Refusal::Denied | Refusal::Unauthorized(_) => "You may not do this with these arguments.".into(),
            Refusal::NoSuchResource { parameter, .. } => {
                format!("`{parameter}`: there is no such thing, or it is not yours.")
            }
            Refusal::InvalidInput(violations) => violations
                .sentences_after("The arguments are not valid. Correct them and call again:\n"),
            Refusal::Busy => {
                "The tool is busy: too many calls are running. Call again in a moment.".into()
            }
            Refusal::Unavailable(_) => "The service is busy. Call again in a moment.".into(),
            Refusal::TimedOut(limit) => format!(
                "The call was stopped: it took longer than {}. Ask for less at once.",
                exactly(*limit)
            ),
            Refusal::Cancelled => "The call was cancelled.".into(),
            Refusal::OutputTooLarge { limit } => {
                format!("The result is larger than {limit} bytes. Ask for less at once.")
            }
            Refusal::ClientCannotAsk(_) => {
                "This tool asks the person first, and the client does not declare that it can ask. \
                 Use a client that does."
                    .into()
            }
            Refusal::Unanswered(_) => "The person did not answer. Call again to ask again.".into(),
            Refusal::Declined => "The person was asked and said no.".into(),
            Refusal::InvalidState => {
                "The `requestState` is not valid for this call: it belongs to other arguments, is too \
                 old, or was used before. Call again without it."
                    .into()
            }
            Refusal::Public(text) => (*text).into(),
            Refusal::Panicked | Refusal::Internal(_) => {
                format!("The tool failed. If this persists, report the reference {reference}.")
            }
        }
    }

    /// The answer for the client: a result, where the protocol has no error for the reason.
    pub(crate) fn answer(&self, reference: Reference) -> Result<CallToolResponse, ErrorData> {
        match self {
            Refusal::ClientCannotAsk(missing) => {
                let missing = ClientCapabilities::clone(missing);
                let mut error = ErrorData::missing_required_client_capability(missing);
                error.message = self.sentence(reference).into();
                Err(error)
            }
            Refusal::InvalidState => Err(ErrorData::invalid_params(self.sentence(reference), None)),
            _ => Ok(CallToolResponse::Complete(self.to_result(reference))),
        }
    }

    /// The result for the client: an error that a model can read and correct.
    pub(crate) fn to_result(&self, reference: Reference) -> CallToolResult {
        let mut result = CallToolResult::error(vec![ContentBlock::text(self.sentence(reference))]);
        let mut details = Map::new();
        details.insert("code".to_owned(), self.code().into());
        details.insert("reference".to_owned(), reference.digits().as_str().into());
        if let Refusal::RateLimited { retry_after, .. } = self {
            // Rounded up: who waits that long is let through.
            let milliseconds = retry_after.as_nanos().div_ceil(1_000_000);
            let milliseconds = u64::try_from(milliseconds).unwrap_or(u64::MAX);
            details.insert("retryAfterMs".to_owned(), milliseconds.into());
        }
        let mut meta = MetaObject::default();
        meta.insert(REFUSAL_KEY.to_owned(), details.into());
        result.meta = Some(meta);
        result
    }
}

fn rate_limited(rate: Rate, retry_after: Duration) -> String {
    let mut text = String::with_capacity(SENTENCE);
    text.push_str("Rate limit reached: at most ");
    rate.push_to(&mut text);
    text.push_str(". Call again in ");
    push_seconds(&mut text, retry_after);
    text.push('.');
    text
}

fn forbidden(scopes: &[&str], roles: &[&str]) -> String {
    let mut text = String::with_capacity(SENTENCE);
    text.push_str("You need the ");
    if !scopes.is_empty() {
        text.push_str("scope ");
        push_names(&mut text, scopes.iter().copied());
    }
    if !roles.is_empty() {
        text.push_str(if scopes.is_empty() { "role " } else { " and the role " });
        push_names(&mut text, roles.iter().copied());
    }
    text.push_str(" for this.");
    text
}

/// A limit as its author wrote it: `100 ms`, `1.5 s`, `30 s`.
fn exactly(limit: Duration) -> String {
    if limit < Duration::from_secs(1) {
        return format!("{} ms", limit.as_millis());
    }
    format!("{} s", limit.as_secs_f64())
}

/// Rounded up: who waits that long is let through.
fn push_seconds(text: &mut String, duration: Duration) {
    let tenths = duration.as_nanos().div_ceil(100_000_000).max(1);
    let tenths = u64::try_from(tenths).unwrap_or(u64::MAX);
    push_number(text, tenths / 10);
    if tenths % 10 > 0 {
        text.push('.');
        push_number(text, tenths % 10);
    }
    text.push_str(" s");
}

/// A cause is made by code we do not know: it may be of any size.
fn cause_text(cause: fmt::Arguments<'_>) -> Box<str> {
    struct Capped(String, usize);
    impl fmt::Write for Capped {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            let room = self.1 - self.0.len();
            if text.len() <= room {
                self.0.push_str(text);
                return Ok(());
            }
            let end = (0..=room).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
            self.0.push_str(&text[..end]);
            Err(fmt::Error)
        }
    }
    let mut capped = Capped(String::new(), CAUSE_CEILING + secrets::guard::longest());
    // An error here says that the text was cut, which is the purpose.
    let _ = fmt::write(&mut capped, cause);
    capped.0.into()
}

/// An error type that says which of its variants a client may read.
///
/// Implemented by [`#[public_error]`](crate::public_error). Errors of other types are allowed in a
/// handler's `Result`: all that a client sees of them is a reference id.
pub trait PublicError: fmt::Debug {
    /// The text for the client, if this error is public.
    fn public(&self) -> Option<&'static str>;
}

/// The answer of a policy function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// The call may go on.
    Allow,
    /// It may not.
    Deny,
}

impl Decision {
    /// `Allow` if the condition holds.
    #[must_use]
    pub fn allow_if(condition: bool) -> Self {
        if condition { Decision::Allow } else { Decision::Deny }
    }
}

/// What a policy function may return: a [`Decision`], or a `Result` with one. An error denies.
#[diagnostic::on_unimplemented(
    message = "a policy returns `Decision` or `Result<Decision, E>`, not `{Self}`",
    label = "not a decision",
    note = "`Decision::allow_if(condition)` makes one out of a `bool`"
)]
pub trait IntoDecision {
    /// The decision, or why there is none.
    fn into_decision(self) -> Result<Decision, Refusal>;
}

impl IntoDecision for Decision {
    fn into_decision(self) -> Result<Decision, Refusal> {
        Ok(self)
    }
}

impl<E: fmt::Debug> IntoDecision for Result<Decision, E> {
    fn into_decision(self) -> Result<Decision, Refusal> {
        self.map_err(Refusal::internal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_are_cut_at_a_character() {
        let cause = "é".repeat(5000);
        let Refusal::Internal(text) = Refusal::internal(&cause) else { unreachable!() };
        assert!(text.len() <= CAUSE_CEILING && text.len() > CAUSE_CEILING - 4);
    }

    #[test]
    fn limits_of_time_are_exact() {
        for (limit, text) in
            [(1, "1 ms"), (100, "100 ms"), (999, "999 ms"), (1000, "1 s"), (1250, "1.25 s")]
        {
            assert_eq!(exactly(Duration::from_millis(limit)), text);
        }
        assert_eq!(exactly(Duration::from_secs(3600)), "3600 s");
    }

    #[test]
    fn waiting_times_are_rounded_up() {
        let seconds = |duration| {
            let mut text = String::new();
            push_seconds(&mut text, duration);
            text
        };
        assert_eq!(seconds(Duration::ZERO), "0.1 s");
        assert_eq!(seconds(Duration::new(2, 1)), "2.1 s");
        assert_eq!(seconds(Duration::from_micros(100_001)), "0.2 s");
        assert_eq!(seconds(Duration::from_millis(1)), "0.1 s");
        assert_eq!(seconds(Duration::from_millis(1999)), "2 s");
        assert_eq!(seconds(Duration::from_millis(2001)), "2.1 s");
        assert_eq!(seconds(Duration::from_secs(30)), "30 s");
    }
}
