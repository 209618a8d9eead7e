//! The guards of a set of tools: everything that the pipeline needs at run time.

mod noted;
#[cfg(feature = "redis")]
mod shared;

use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use rmcp::model::Tool as Advertised;
use tokio::sync::Semaphore;

use self::noted::{NOTED, Noted};
#[cfg(feature = "redis")]
use self::shared::Question;
use crate::advertise::advertise;
use crate::audit::{Audit, ReferenceSource};
use crate::authorizer::Installed;
use crate::caller::Caller;
use crate::error::Refusal;
use crate::exchange::States;
#[cfg(feature = "metrics")]
use crate::metrics::{Metrics, ToolMetrics};
use crate::policy::{Per, Rate};
use crate::rate_limit::{Exceeded, Hashed, Keys, Limiter, RateLimits};
#[cfg(feature = "redis")]
use crate::shared::{Key, SharedState};
use crate::tool_set::{Tool, ToolSet};

/// How often a caller may name a tool that there is not (checklist: Rate Limiting).
const GUESSES: Rate = Rate::new(100, 60, 100);

/// What is counted for a caller, and of no tool: tools count from zero.
const GUESSED: u32 = u32::MAX;
const REFUSED: u32 = u32::MAX - 1;

/// A set of tools under guard.
pub(crate) struct Guards {
    /// In the order of names, as the set has them.
    tools: Vec<Guarded>,
    keys: Keys,
    /// Of calls to tools that there are not.
    guesses: Limiter,
    noted: Noted,
    #[cfg(feature = "redis")]
    shared: Option<SharedState>,
    pub(crate) authorizer: Option<Installed>,
    #[cfg(feature = "metrics")]
    limits: RateLimits,
    #[cfg(feature = "metrics")]
    pub(crate) metrics: Option<Metrics>,
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
    pub(crate) running: Arc<Semaphore>,
    pub(crate) advertised: Advertised,
    /// Whether a call is a request and its answer, with nothing between and nothing in headers.
    #[cfg(feature = "http")]
    pub(crate) direct: bool,
    #[cfg(feature = "metrics")]
    pub(crate) metrics: Option<ToolMetrics>,
}

/// What guards are made of, beside the tools.
pub(crate) struct Settings {
    /// The room for rates that are counted in this process.
    pub(crate) rate_capacity: usize,
    #[cfg(feature = "redis")]
    pub(crate) shared: Option<SharedState>,
    pub(crate) authorizer: Option<Installed>,
    /// Whether calls are counted for metrics.
    #[cfg(feature = "metrics")]
    pub(crate) metrics: bool,
    pub(crate) audit: Audit,
}

#[cfg(not(feature = "redis"))]
impl Settings {
    fn own(&self, rate: Rate) -> Rate {
        rate
    }

    fn states(&self) -> io::Result<States> {
        States::new()
    }
}

impl Guards {
    /// # Errors
    /// If the operating system has no randomness to give.
    pub(crate) fn new(set: ToolSet, settings: Settings) -> io::Result<Self> {
        let limits = RateLimits::new(settings.rate_capacity);
        let limiter = |rate: Rate| limits.limiter(settings.own(rate));
        #[cfg(feature = "metrics")]
        let metrics = settings.metrics.then(Metrics::new);
        let guarded = |(index, tool): (u32, Tool)| {
            let limits_of_tool = tool.policy.limits;
            let advertised = advertise(&tool);
            Guarded {
                limiter: limiter(limits_of_tool.rate),
                running: Arc::new(Semaphore::new(limits_of_tool.concurrency as usize)),
                #[cfg(feature = "http")]
                direct: !tool.talks && !puts_arguments_into_headers(&advertised),
                advertised,
                #[cfg(feature = "metrics")]
                metrics: metrics.as_ref().map(|metrics| metrics.tool(tool.name)),
                index,
                tool,
            }
        };
        let states = settings.states()?;
        Ok(Guards {
            guesses: limiter(GUESSES),
            noted: Noted::new(limits.limiter(NOTED)),
            tools: (0..).zip(set.tools.into_values()).map(guarded).collect(),
            keys: Keys::new(),
            #[cfg(feature = "redis")]
            shared: settings.shared,
            authorizer: settings.authorizer,
            #[cfg(feature = "metrics")]
            limits,
            #[cfg(feature = "metrics")]
            metrics,
            audit: settings.audit,
            references: ReferenceSource::new()?,
            states,
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

    /// True if the server's authorizer lets the caller see the tool, or there is none.
    pub(crate) fn shows(&self, caller: &Caller, guarded: &Guarded) -> bool {
        let authorizer = self.authorizer.as_ref();
        authorizer.is_none_or(|authorizer| authorizer.may_list(caller, &guarded.tool))
    }

    /// True if nobody sees another list of tools than anybody else.
    pub(crate) fn all_public(&self) -> bool {
        self.authorizer.is_none()
            && self.iter().all(|guarded| guarded.tool.policy.authorization.public.is_some())
    }

    /// How full the table of rates is.
    #[cfg(feature = "metrics")]
    pub(crate) fn occupancy(&self) -> crate::rate_limit::Occupancy {
        self.limits.occupancy()
    }

    /// Counts a call that was refused because it could not be recorded.
    #[cfg(feature = "metrics")]
    pub(crate) fn count_unrecorded(&self) {
        if let Some(metrics) = &self.metrics {
            metrics.count(None, "audit_down", std::time::Duration::ZERO);
        }
    }

    /// Lets a caller name a tool that there is not, as often as one may call a tool.
    pub(crate) async fn permit_guess(&self, caller: &Caller) -> Result<(), Refusal> {
        self.permit_counted(&self.guesses, GUESSES, None, GUESSED, Counted::Caller(caller)).await
    }

    /// Whether a call of this caller that no rate has let through leaves a record of its own; and if so, how many
    /// others did not before it.
    pub(crate) fn note(&self, caller: Hashed) -> Option<u32> {
        self.noted.note(self.keys.key_of(REFUSED, caller))
    }

    /// Lets a caller call a tool, as often as its limit allows.
    pub(crate) async fn permit(&self, guarded: &Guarded, caller: &Caller) -> Result<(), Refusal> {
        let limits = &guarded.tool.policy.limits;
        let counted = match limits.per {
            Per::Caller => Counted::Caller(caller),
            // Who may not call it uses up nothing that others share.
            _ if !guarded.may_call(caller) => Counted::Caller(caller),
            Per::Client => Counted::Client(network(caller.address())),
            Per::Tool => Counted::All,
        };
        let name = Some(guarded.tool.name);
        self.permit_counted(&guarded.limiter, limits.rate, name, guarded.index, counted).await
    }

    /// Without shared state nothing is waited for.
    async fn permit_counted(
        &self,
        limiter: &Limiter,
        rate: Rate,
        tool: Option<&str>,
        index: u32,
        counted: Counted<'_>,
    ) -> Result<(), Refusal> {
        let key = self.keys.key_of(index, counted.hashed());
        #[cfg(feature = "redis")]
        if let Some(shared) = &self.shared {
            // Apart, so that calls which are counted here are no larger for it.
            let question = Question { shared, limiter, key, rate, tool, counted };
            return Box::pin(question.ask()).await;
        }
        #[cfg(not(feature = "redis"))]
        let _ = tool;
        let checked = limiter.check(key);
        checked.map_err(|Exceeded { retry_after }| Refusal::RateLimited { rate, retry_after })
    }
}

/// Whether a schema wants arguments in headers, too (MCP 2026-07-28, SEP-2243). None that we make does.
#[cfg(feature = "http")]
fn puts_arguments_into_headers(tool: &Advertised) -> bool {
    let schema = serde_json::to_string(&tool.input_schema);
    schema.is_ok_and(|schema| schema.contains("x-mcp-header"))
}

/// Whose calls count together.
enum Counted<'a> {
    Caller(&'a Caller),
    Client(Network),
    All,
}

impl Counted<'_> {
    /// For this process.
    fn hashed(&self) -> Hashed {
        match self {
            Counted::Caller(caller) => caller.hashed(),
            Counted::Client(network) => Hashed::new(network),
            Counted::All => Hashed::new(()),
        }
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

#[cfg(feature = "redis")]
impl Network {
    /// The same at all instances.
    pub(crate) fn key(self, shared: &SharedState, purpose: &str, about: &[&[u8]]) -> Key {
        let key = |network: &[&[u8]]| shared.key(purpose, &[about, network].concat());
        match self {
            Network::Local => key(&[b"local"]),
            Network::V4(address) => key(&[b"v4", &address.octets()]),
            Network::V6(half) => key(&[b"v6", &half.to_be_bytes()]),
        }
    }
}

impl Guarded {
    /// True if the caller has what can be decided without the input.
    pub(crate) fn may_call(&self, caller: &Caller) -> bool {
        let authorization = &self.tool.policy.authorization;
        authorization.scopes.iter().all(|scope| caller.has_scope(scope)) && self.has_roles(caller)
    }

    /// True if the caller has the roles, whatever its scopes are.
    pub(crate) fn has_roles(&self, caller: &Caller) -> bool {
        self.tool.policy.authorization.roles.iter().all(|role| caller.has_role(role))
    }
}

impl fmt::Debug for Guarded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Guarded").field(&self.tool.name).finish()
    }
}
