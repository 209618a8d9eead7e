//! The audit record of one call: opened before anything is looked at, closed whatever happens.

use std::sync::Arc;
use std::time::{Instant, SystemTime};

use rmcp::model::{CallToolResponse, ErrorData};

use crate::audit::{Outcome, Record, Reference, Shape, Slot};
use crate::caller::Caller;
use crate::error::{CANCELLED, Refusal};
use crate::guards::{Guarded, Guards};
use crate::input::Violations;
#[cfg(feature = "metrics")]
use crate::metrics::Metrics;
use crate::rate_limit::Hashed;
use crate::resource::secrets::guard::{Replaced, in_answer};

/// What the log says, and the client is not told.
const FOREIGN: &str = "it belongs to somebody else";

/// A record being written. Dropped unfinished, it says that the call was cancelled.
pub(crate) struct Entry<'a> {
    slot: Option<Slot<'a>>,
    started: Instant,
    reference: Reference,
    tool: &'static str,
    caller: Option<Arc<str>>,
    arguments: Shape,
    /// Whose call it is, until its rate has let it through. Before that it has done nothing and may end as often as
    /// its caller likes, so not every one is recorded.
    unpermitted: Option<(&'a Guards, Hashed)>,
    replaced: Replaced,
    #[cfg(all(feature = "command", target_os = "linux"))]
    programs: crate::audit::Programs,
    #[cfg(feature = "metrics")]
    metrics: Option<&'a Metrics>,
    #[cfg(feature = "metrics")]
    guarded: Option<&'a Guarded>,
}

impl<'a> Entry<'a> {
    pub(crate) fn open(slot: Slot<'a>, reference: Reference, caller: Option<&Caller>) -> Self {
        Entry {
            slot: Some(slot),
            started: Instant::now(),
            reference,
            tool: "unknown",
            caller: caller.map(|caller| caller.subject().shared()),
            arguments: Shape::none(),
            unpermitted: None,
            replaced: Replaced::none(),
            #[cfg(all(feature = "command", target_os = "linux"))]
            programs: crate::audit::Programs::none(),
            #[cfg(feature = "metrics")]
            metrics: None,
            #[cfg(feature = "metrics")]
            guarded: None,
        }
    }

    /// The call waits for its rate.
    pub(crate) fn unpermitted(&mut self, guards: &'a Guards, caller: Hashed) {
        self.unpermitted = Some((guards, caller));
    }

    /// The call may do something from now on: it leaves a record, whatever becomes of it.
    pub(crate) fn permitted(&mut self) {
        self.unpermitted = None;
    }

    pub(crate) fn tool(&mut self, guarded: &'a Guarded) {
        self.tool = guarded.tool.name;
        #[cfg(feature = "metrics")]
        {
            self.guarded = Some(guarded);
        }
    }

    #[cfg(feature = "metrics")]
    pub(crate) fn count_in(&mut self, metrics: Option<&'a Metrics>) {
        self.metrics = metrics;
    }

    /// The programs that it runs, to be filled in.
    #[cfg(all(feature = "command", target_os = "linux"))]
    pub(crate) fn programs(&self) -> crate::audit::Programs {
        self.programs.clone()
    }

    /// What the arguments look like, to be filled in.
    pub(crate) fn arguments(&mut self) -> &mut Shape {
        &mut self.arguments
    }

    /// Counts the secrets that are replaced in what leaves.
    pub(crate) fn replaced(&self) -> Replaced {
        self.replaced.clone()
    }

    /// Closes with what the call came to, and makes the answer out of it.
    pub(crate) fn conclude(
        mut self,
        served: Result<CallToolResponse, Refusal>,
    ) -> Result<CallToolResponse, ErrorData> {
        match served {
            Ok(response) => {
                let reason = match response {
                    CallToolResponse::Complete(_) => "ok",
                    // The handler runs anew when the client has answered.
                    _ => "input_required",
                };
                self.write(Outcome::Served, reason, None, None);
                Ok(response)
            }
            Err(refusal) => {
                let mut answer = refusal.answer(self.reference);
                self.replaced.add(in_answer(&mut answer));
                let (outcome, code) = (refusal.outcome(), refusal.code());
                let (cause, violations) = match refusal {
                    Refusal::Internal(cause)
                    | Refusal::Unanswered(cause)
                    | Refusal::Unauthorized(cause)
                    | Refusal::Unavailable(cause) => (Some(cause), None),
                    Refusal::NoSuchResource { exists: true, .. } => (Some(FOREIGN.into()), None),
                    // To be made text of where no call waits for it.
                    Refusal::InvalidInput(violations) => (None, Some(violations)),
                    _ => (None, None),
                };
                self.write(outcome, code, cause, violations);
                answer
            }
        }
    }

    /// Closes a call that was refused before its tool was known.
    pub(crate) fn close(mut self, reason: &'static str) {
        self.write(Outcome::Refused, reason, None, None);
    }

    fn write(
        &mut self,
        outcome: Outcome,
        reason: &'static str,
        cause: Option<Box<str>>,
        violations: Option<Violations>,
    ) {
        let Some(slot) = self.slot.take() else { return };
        let ended = Instant::now();
        #[cfg(feature = "metrics")]
        if let Some(metrics) = self.metrics {
            let tool = self
                .guarded
                .and_then(|guarded| Some((guarded.tool.name, guarded.metrics.as_ref()?)));
            metrics.count(tool, reason, ended - self.started);
        }
        let noted = self.unpermitted.map_or(Some(0), |(guards, caller)| guards.note(caller));
        let Some(left_out) = noted else { return };
        let record = Record {
            // The audit log knows.
            time: SystemTime::UNIX_EPOCH,
            tool: self.tool,
            caller: self.caller.take().unwrap_or_else(nobody),
            outcome,
            reason,
            duration: ended - self.started,
            reference: self.reference,
            arguments: self.arguments,
            left_out,
            secrets_replaced: self.replaced.count(),
            cause,
            #[cfg(all(feature = "command", target_os = "linux"))]
            programs: self.programs.take(),
            #[cfg(not(all(feature = "command", target_os = "linux")))]
            programs: None,
        };
        slot.close_at(ended, record, violations);
    }
}

impl Drop for Entry<'_> {
    fn drop(&mut self) {
        self.write(Outcome::Cancelled, CANCELLED, None, None);
    }
}

fn nobody() -> Arc<str> {
    Arc::from("-")
}
