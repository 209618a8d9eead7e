//! The guards of a set of tools: everything that the pipeline needs at run time.

use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr};

use rmcp::model::Tool as Advertised;
use tokio::sync::Semaphore;

use crate::advertise::advertise;
use crate::audit::{Audit, ReferenceSource};
use crate::caller::Caller;
use crate::error::Refusal;
use crate::exchange::States;
use crate::policy::{Per, Rate};
use crate::rate_limit::{Hashed, Keys, Limiter, RateLimits};
use crate::tool_set::{Tool, ToolSet};

/// How often a caller may name a tool that there is not (checklist: Rate Limiting).
const GUESSES: Rate = Rate::new(100, 60, 100);

/// A set of tools under guard.
pub(crate) struct Guards {
    /// In the order of names, as the set has them.
    tools: Vec<Guarded>,
    keys: Keys,
    /// Of calls to tools that there are not.
    guesses: Limiter,
    pub(crate) audit: Audit,
    pub(crate) references: ReferenceSource,
    /// Of calls that ask their client.
    pub(crate) states: States,
}

/// A tool with its limiter, its counter of running calls and its advertisement.
pub(crate) struct Guarded {
    pub(crate) tool: Tool,
    index: u32,
    pub(crate) limiter: Limiter,
    pub(crate) running: Semaphore,
    pub(crate) advertised: Advertised,
}

impl Guards {
    /// # Errors
    /// If the operating system has no randomness to give.
    pub(crate) fn new(set: ToolSet, limits: &RateLimits, audit: Audit) -> io::Result<Self> {
        let guarded = |(index, tool): (u32, Tool)| {
            let limits_of_tool = tool.policy.limits;
            Guarded {
                limiter: limits.limiter(limits_of_tool.rate),
                running: Semaphore::new(limits_of_tool.concurrency as usize),
                advertised: advertise(&tool),
                index,
                tool,
            }
        };
        Ok(Guards {
            guesses: limits.limiter(GUESSES),
            tools: (0..).zip(set.tools.into_values()).map(guarded).collect(),
            keys: Keys::new(),
            audit,
            references: ReferenceSource::new()?,
            states: States::new()?,
        })
    }

    pub(crate) fn find(&self, name: &str) -> Option<&Guarded> {
        let index = self.tools.binary_search_by(|guarded| guarded.tool.name.cmp(name)).ok()?;
        self.tools.get(index)
    }

    /// The tools in the order of their names.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Guarded> {
        self.tools.iter()
    }

    /// True if nobody sees another list of tools than anybody else.
    pub(crate) fn all_public(&self) -> bool {
        self.iter().all(|guarded| guarded.tool.policy.authorization.public.is_some())
    }

    /// Lets a caller name a tool that there is not, as often as one may call a tool.
    pub(crate) fn permit_guess(&self, caller: &Caller) -> Result<(), Refusal> {
        // No tool has this index: they count from zero.
        let key = self.keys.key_of(u32::MAX, caller.hashed());
        self.guesses.check(key).map_err(|exceeded| Refusal::RateLimited {
            rate: GUESSES,
            retry_after: exceeded.retry_after,
        })
    }

    /// Whose calls count together.
    pub(crate) fn rate_key(&self, guarded: &Guarded, caller: &Caller) -> u64 {
        let counted = match guarded.tool.policy.limits.per {
            Per::Caller => caller.hashed(),
            Per::Client => Hashed::new(network(caller.address())),
            Per::Tool => Hashed::new(()),
        };
        self.keys.key_of(guarded.index, counted)
    }
}

/// Where a client is, as far as it cannot choose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Network {
    Local,
    V4(Ipv4Addr),
    /// The first half of the address: one client has a whole /64 to choose from.
    V6(u64),
}

pub(crate) fn network(address: Option<IpAddr>) -> Network {
    match address.map(|address| address.to_canonical()) {
        None => Network::Local,
        Some(IpAddr::V4(address)) => Network::V4(address),
        Some(IpAddr::V6(address)) => Network::V6((address.to_bits() >> 64) as u64),
    }
}

impl Guarded {
    /// True if the caller has what can be decided without the input.
    pub(crate) fn may_call(&self, caller: &Caller) -> bool {
        let authorization = &self.tool.policy.authorization;
        authorization.scopes.iter().all(|scope| caller.has_scope(scope))
            && authorization.roles.iter().all(|role| caller.has_role(role))
    }
}

impl fmt::Debug for Guarded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Guarded").field(&self.tool.name).finish()
    }
}
