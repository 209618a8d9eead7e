//! What is known about a call once it is over.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use serde::Serialize;

use super::{Reference, Shape};

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// The tool answered.
    Served,
    /// A guard refused the call; the tool did not run.
    Refused,
    /// The tool, or a guard itself, failed, panicked or took too long.
    Failed,
    /// The client withdrew the call, or went away.
    Cancelled,
}

impl Outcome {
    /// Its name in the log: `served`, `refused`, `failed` or `cancelled`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Served => "served",
            Self::Refused => "refused",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

/// The audit record of one call (checklist: Security events are logged).
///
/// It is handed over as it is; text is made from it elsewhere. There is one for each call,
/// whatever became of it, but for those that others [count](Record::left_out).
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// When the call was over; it came in [`Record::duration`] before. Whatever stands here when the
    /// record is handed over is replaced: the audit log has the clock.
    ///
    /// It is reckoned back from the system's clock at the moment of writing, by a clock that only runs
    /// forward. What sets the system's clock in between (NTP, an operator), or stops the other one (on
    /// most systems, suspend), moves it by as much: milliseconds are in between, unless the disk
    /// is full.
    pub time: SystemTime,
    /// The tool's name.
    pub tool: &'static str,
    /// Who called. At most 2 KiB of it are logged.
    pub caller: Arc<str>,
    /// How it ended.
    pub outcome: Outcome,
    /// Why, as a stable code: `ok`, `rate_limited`, `forbidden`, `invalid_input`, `timed_out`,
    /// `panicked`, `cancelled`, `internal`.
    pub reason: &'static str,
    /// How long it took.
    pub duration: Duration,
    /// The id that the client may have been told.
    pub reference: Reference,
    /// The shape of the arguments.
    pub arguments: Shape,
    /// How many calls, of whomever, left no record of their own since the last record that says so: refused for their
    /// rate, or while it could not be known, or broken off before it was. Of one caller, a hundred a minute leave one.
    pub left_out: u32,
    /// How many secrets were [replaced](crate::secrets) in what the call sent, and in this record.
    pub secrets_replaced: u32,
    /// What went wrong inside, for the operator only. At most 2 KiB of it are logged.
    pub cause: Option<Box<str>>,
    /// What held the programs that it ran, each with its name: `git: landlock 7, seccomp`. None if it ran
    /// none, as far as its own task has started them.
    pub programs: Option<Box<str>>,
}

impl Record {
    /// The duration in whole microseconds, as it is logged.
    #[must_use]
    pub fn duration_us(&self) -> u64 {
        u64::try_from(self.duration.as_micros()).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
impl Record {
    /// A record to test with; `n` makes it tell-apart-able.
    pub(super) fn example(n: u64) -> Self {
        let mut arguments = Shape::none();
        arguments.push("title", &serde_json::Value::from("hello"));
        Self {
            time: SystemTime::UNIX_EPOCH + Duration::from_millis(1_700_000_000_123),
            tool: "add_note",
            caller: Arc::from("ada"),
            outcome: Outcome::Served,
            reason: "ok",
            duration: Duration::from_micros(1500),
            reference: Reference(n),
            arguments,
            left_out: 0,
            secrets_replaced: 0,
            cause: None,
            programs: None,
        }
    }
}
