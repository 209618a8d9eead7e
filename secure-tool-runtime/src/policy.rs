//! What a tool declares about itself: who may call it, what it does, how often, how long, how much.
//!
//! All of it is data known at compile time. The pipeline enforces it and the manifest records it.

use std::fmt;
use std::time::Duration;

use serde::{Serialize, Serializer};

/// Everything that a tool declares beside its signature.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Policy {
    /// Who may call it.
    pub authorization: Authorization,
    /// What it does to the world.
    pub effect: Effect,
    /// What the person behind the client is asked before it runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confirm: Option<&'static str>,
    /// True if a call costs much: the strict class of limits applies.
    pub expensive: bool,
    /// True if calling it again with the same arguments changes nothing more.
    pub idempotent: bool,
    /// True if it reaches beyond this server.
    pub open_world: bool,
    /// How often and how much.
    pub limits: Limits,
    /// Rules of the framework that are lifted for this tool, each with its reason.
    pub exceptions: &'static [Exception],
}

/// Who may call a tool. All clauses have to allow (checklist, “Authorization”).
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Authorization {
    /// Why anybody may call it; then there is no other clause.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub public: Option<&'static str>,
    /// Scopes that the caller needs, all of them.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub scopes: &'static [&'static str],
    /// Roles that the caller needs, all of them.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub roles: &'static [&'static str],
    /// The function that decides with the input at hand, by name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy: Option<&'static str>,
}

/// What a tool does to the world. Annotations and default limits follow from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Effect {
    /// Changes nothing.
    Read,
    /// Adds or changes, and what it changes can be changed back.
    Write,
    /// Removes or overwrites for good.
    Destructive,
}

/// Bounds on the use of one tool.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Limits {
    /// Calls in a period, and how many at once.
    pub rate: Rate,
    /// Whose calls are counted together.
    pub per: Per,
    /// The longest that a call may take, policy included.
    #[serde(rename = "timeout_ms", serialize_with = "milliseconds")]
    pub timeout: Duration,
    /// Calls that may run at the same time, of all callers together.
    pub concurrency: u32,
    /// The greatest size of a result, in bytes of JSON.
    pub max_output: usize,
}

pub use crate::rate_limit::Rate;

/// Whose calls a rate limit counts together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Per {
    /// Those of one principal.
    Caller,
    /// Those from one network address (stdio: of the one client).
    Client,
    /// All.
    Tool,
}

/// A rule that is lifted for one tool.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Exception {
    /// The name of the rule.
    pub rule: &'static str,
    /// Why.
    pub reason: &'static str,
}

impl Limits {
    /// The class of tools that cost little: 100 calls a minute (checklist, “Rate Limiting”).
    pub const ORDINARY: Limits = Limits {
        rate: Rate::new(100, 60, 100),
        per: Per::Caller,
        timeout: Duration::from_secs(30),
        concurrency: 64,
        max_output: 1 << 20,
    };

    /// The strict class, for expensive and destructive tools: 10 calls a minute.
    pub const STRICT: Limits =
        Limits { rate: Rate::new(10, 60, 10), concurrency: 4, ..Limits::ORDINARY };
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Effect::Read => "read",
            Effect::Write => "write",
            Effect::Destructive => "destructive",
        })
    }
}

fn milliseconds<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(duration.as_millis().try_into().unwrap_or(u64::MAX))
}
