//! Serving a set of tools.
//!
//! A [`Server`] cannot be served before it has a way of knowing its callers: forgetting it does not
//! compile.
//!
//! # Over HTTP
//!
//! On loopback, any callers will do. Elsewhere a server refuses to start, and says what to do,
//! unless
//!
//! - its callers are known in ways made for strangers,
//! - it knows its names (`Server::allowed_hosts`), so that no web page reaches it by one of its own
//!   (DNS rebinding; checklist, "Transport Security"),
//! - it has TLS (`Server::tls`, feature `tls`), or a proxy that ends TLS is named
//!   (`Server::behind_proxy`).
//!
//! ```no_run
//! # #[cfg(all(feature = "tls", unix))]
//! # async fn serve() -> Result<(), secure_tool_runtime::server::StartError> {
//! use secure_tool_runtime::prelude::*;
//! use secure_tool_runtime::server::{ClientCertificates, Tls};
//!
//! /// Say hello.
//! #[secure_tool(public = "harmless", effect = read)]
//! async fn hello() -> &'static str {
//!     "hello"
//! }
//!
//! let tls = Tls::files("/etc/ssl/mcp.pem", "/etc/ssl/private/mcp.key")
//!     .client_certificates("/etc/ssl/agents.pem");
//! let server = Server::new(tools![hello])
//!     .callers(ClientCertificates::new().uri("spiffe://example.org/agent", &[], &[]))
//!     .allowed_hosts(["mcp.example.com"])
//!     .tls(tls)
//!     .bind_http(([0, 0, 0, 0], 443).into())
//!     .await?;
//! server.run(tokio_util::sync::CancellationToken::new()).await
//! # }
//! ```
//!
//! What a request passes, in this order, each of which ends it with the status in brackets: the
//! limits of connections (closed), `Host` and `Origin` (403), what proxies say (400),
//! authentication (401, 429, 503), media types (415, 406), the size and time of the body (413,
//! 408), a look at its bytes for keys that are there twice, depth and batches (400), the headers of
//! the protocol (400), the guards.
//!
//! `/healthz` answers as long as the server runs; `/readyz` says 503 when records of calls cannot
//! be written, and when the server is about to stop.

mod callers;
#[cfg(feature = "cli")]
mod cli;
#[cfg(feature = "http")]
mod http;
#[cfg(all(feature = "cli", feature = "http"))]
mod ready;
#[cfg(any(feature = "http", feature = "cedar"))]
pub(crate) mod reload;
mod request_size;
mod scan;
#[cfg(feature = "config")]
pub mod settings;
#[cfg(feature = "cli")]
mod signals;
mod start;
mod stdio;

#[cfg(feature = "tls")]
pub use callers::ClientCertificates;
#[cfg(feature = "http")]
pub use callers::api_keys::{self, ApiKeys};
#[cfg(feature = "oauth")]
pub(crate) use callers::oauth::StepUp;
#[cfg(feature = "oauth")]
pub use callers::oauth::{self, OAuth};
pub use callers::{CallerVariables, Callers, DevelopmentUsers, LocalCaller};
#[cfg(feature = "cli")]
pub use cli::Running;
#[cfg(feature = "http")]
pub(crate) use http::InSession;
#[cfg(all(feature = "http", feature = "metrics"))]
pub(crate) use http::Reason;
#[cfg(feature = "http")]
pub use http::{ClientAddress, Connections, HttpLimits, HttpServer, Sessions};
#[cfg(feature = "tls")]
pub use http::{PeerCertificate, Tls};
pub use start::StartError;

#[cfg(feature = "metrics")]
use std::net::SocketAddr;
use std::time::Duration;

use rmcp::handler::server::ServerHandler;
use rmcp::model::{Implementation, ServerCapabilities, ServerConfig};

use crate::audit::Audit;
use crate::authorizer::{Authorizer, Installed};
use crate::guarded_tools::GuardedTools;
use crate::guards::Settings;
use crate::manifest::Manifest;
#[cfg(feature = "http")]
use crate::rate_limit::Rate;
#[cfg(feature = "redis")]
use crate::shared::SharedState;
use crate::tool_set::ToolSet;

/// The greatest request that is read, in bytes, however large inputs may be, unless
/// [`Server::max_request`] says otherwise.
const MAX_REQUEST: usize = 1 << 20;

/// Callers whose rates are remembered at the same time, unless [`Server::rate_capacity`] says
/// otherwise. They take a mebibyte or two.
const RATE_CAPACITY: usize = 1 << 16;

/// A server that does not know its callers yet, and so cannot be served.
#[derive(Debug, Clone, Copy)]
pub struct NoCallers;

/// Servers that know their callers: only they can be served.
#[diagnostic::on_unimplemented(
    message = "this server does not know its callers, so it cannot be served",
    label = "a way of knowing who calls is missing",
    note = "call `.callers(LocalCaller::from_env())` first, for a server on stdio",
    note = "or `.callers(DevelopmentUsers::new().user(\"alice\", &[\"notes:read\"], &[]))`, for HTTP too"
)]
pub trait KnowsCallers {
    /// How they are known.
    #[doc(hidden)]
    fn into_callers(self) -> Callers;
}

impl KnowsCallers for Callers {
    fn into_callers(self) -> Callers {
        self
    }
}

/// A set of tools about to be served.
///
/// ```
/// use secure_tool_runtime::prelude::*;
///
/// /// Say hello.
/// #[secure_tool(public = "harmless", effect = read)]
/// async fn hello() -> &'static str {
///     "hello"
/// }
///
/// let server = Server::new(tools![hello]).callers(LocalCaller::from_env());
/// println!("{}", server.manifest().unwrap().to_canonical_json().unwrap());
/// ```
pub struct Server<C = NoCallers, H = GuardedTools> {
    tools: ToolSet,
    callers: C,
    wrap: Wrap<H>,
    options: Options,
}

/// Makes the handler that rmcp serves out of the tools.
type Wrap<H> = Box<dyn Fn(GuardedTools) -> H + Send + Sync>;

/// What can be chosen about a server beside its tools and callers.
struct Options {
    info: Implementation,
    instructions: Option<String>,
    audit: Option<Audit>,
    rate_capacity: usize,
    #[cfg(feature = "redis")]
    shared: Option<SharedState>,
    authorizer: Option<Installed>,
    #[cfg(feature = "metrics")]
    metrics: Option<SocketAddr>,
    max_request: Option<usize>,
    /// Whether a handler of the author's own answers more than calls of tools.
    wrapped: bool,
    #[cfg(feature = "http")]
    http: http::Options,
    #[cfg(feature = "http")]
    failed_logins: Rate,
    #[cfg(feature = "cli")]
    default_command: Vec<String>,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            info: Implementation::new("secure-tool-server", env!("CARGO_PKG_VERSION")),
            instructions: None,
            audit: None,
            rate_capacity: RATE_CAPACITY,
            #[cfg(feature = "redis")]
            shared: None,
            authorizer: None,
            #[cfg(feature = "metrics")]
            metrics: None,
            max_request: None,
            wrapped: false,
            #[cfg(feature = "http")]
            http: http::Options::default(),
            #[cfg(feature = "http")]
            failed_logins: callers::FAILURES,
            #[cfg(feature = "cli")]
            default_command: vec!["serve".to_owned()],
        }
    }
}

impl Options {
    fn max_request(&self, tools: &ToolSet) -> usize {
        let of_tools = || request_size::greatest(tools).filter(|_| !self.wrapped);
        self.max_request.unwrap_or_else(|| of_tools().unwrap_or(MAX_REQUEST).min(MAX_REQUEST))
    }
}

impl Server {
    /// A server of these tools: a value whose `impl` block has
    /// [`#[secure_tools]`](crate::secure_tools), or functions in [`tools!`](crate::tools).
    #[must_use]
    pub fn new(tools: impl Into<ToolSet>) -> Self {
        Server {
            tools: tools.into(),
            callers: NoCallers,
            wrap: Box::new(|tools| tools),
            options: Options::default(),
        }
    }
}

impl<H> Server<NoCallers, H> {
    /// How the server gets to know who calls. Without it, nothing can be served.
    #[must_use]
    pub fn callers(self, callers: impl Into<Callers>) -> Server<Callers, H> {
        Server {
            callers: callers.into(),
            tools: self.tools,
            wrap: self.wrap,
            options: self.options,
        }
    }
}

impl<C, H> Server<C, H> {
    /// Its name and version, as clients see them. `env!("CARGO_PKG_VERSION")` is a good version.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>, version: impl Into<String>) -> Self {
        self.options.info = Implementation::new(name, version);
        self
    }

    /// What a model should know about the server as a whole.
    #[must_use]
    pub fn instructions(mut self, instructions: impl Into<String>) -> Self {
        self.options.instructions = Some(instructions.into());
        self
    }

    /// Where the audit records go. By default they are `tracing` events, and [`Server::cli`] also
    /// writes them to a file.
    #[must_use]
    pub fn audit(mut self, audit: Audit) -> Self {
        self.options.audit = Some(audit);
        self
    }

    /// For how many pairs of tool and caller a rate is remembered at the same time; 65 536 by
    /// default. When as many are active, further ones are refused.
    #[must_use]
    pub fn rate_capacity(mut self, pairs: usize) -> Self {
        self.options.rate_capacity = pairs;
        self
    }

    /// Where the limits are counted that all instances of this server share; by default each process
    /// counts its own. See [`shared`](crate::shared).
    #[cfg(feature = "redis")]
    #[must_use]
    pub fn shared_state(mut self, state: impl Into<SharedState>) -> Self {
        self.options.shared = Some(state.into());
        self
    }

    /// Decides about all calls, beside the clauses of the tools; see [`authorizer`](crate::authorizer).
    ///
    /// # Panics
    /// If there is one already. To ask several, ask them in one of your own.
    #[must_use]
    pub fn authorizer(mut self, authorizer: impl Authorizer) -> Self {
        assert!(self.options.authorizer.is_none(), "the server has an authorizer already");
        self.options.authorizer = Some(Installed::new(authorizer));
        self
    }

    /// Serves [`metrics`](crate::metrics) on a loopback address, at `/metrics`; by default nowhere, and
    /// then nothing is counted for them. Port 0 lets the system choose one.
    #[cfg(feature = "metrics")]
    #[must_use]
    pub fn metrics(mut self, address: SocketAddr) -> Self {
        self.options.metrics = Some(address);
        self
    }

    /// The greatest request that is read, in bytes. By default it follows from the bounds of the
    /// tools: what the greatest input of any of them takes as JSON, whichever way it is escaped, and
    /// 64 KiB for the rest of the message; 1 MiB at most, and wherever that cannot be told.
    #[must_use]
    pub fn max_request(mut self, bytes: usize) -> Self {
        self.options.max_request = Some(bytes);
        self
    }

    /// How often authentication over HTTP may fail from one address (IPv6: from one /64); 30 times a
    /// minute by default. Beyond it the answer is 429, and no token that is not known already is
    /// looked at. Callers that are known are served all the same.
    ///
    /// Tokens that are being looked at count as failures until they are known to be good; others from
    /// their address wait meanwhile, 5 seconds at most. Instances with a
    #[cfg_attr(feature = "redis", doc = "[`shared_state`](Server::shared_state)")]
    #[cfg_attr(not(feature = "redis"), doc = "`shared_state`")]
    /// count together.
    ///
    /// Handshakes of TLS count apart, and in each instance alone: after as many certificates that are not valid,
    /// connections from that address are closed without another handshake for a while. Trusted proxies are
    /// exempt.
    #[cfg(feature = "http")]
    #[must_use]
    pub fn failed_logins(mut self, rate: Rate) -> Self {
        self.options.failed_logins = rate;
        self
    }

    /// What [`Server::cli`] does when no command is given; `serve` over stdio by default.
    #[cfg(feature = "cli")]
    #[must_use]
    pub fn default_command<T: Into<String>>(
        mut self,
        arguments: impl IntoIterator<Item = T>,
    ) -> Self {
        self.options.default_command = arguments.into_iter().map(Into::into).collect();
        self
    }

    /// The manifest of its tools.
    ///
    /// # Errors
    /// If a definition cannot be written as JSON.
    pub fn manifest(&self) -> serde_json::Result<Manifest> {
        Manifest::of(&self.tools)
    }

    /// Serves the tools inside a handler of your own, which adds prompts or resources and forwards
    /// `call_tool`, `list_tools` and `get_tool` to the [`GuardedTools`] that it is given.
    #[must_use]
    pub fn handler<W: ServerHandler>(
        self,
        wrap: impl Fn(GuardedTools) -> W + Send + Sync + 'static,
    ) -> Server<C, W> {
        Server {
            wrap: Box::new(wrap),
            callers: self.callers,
            tools: self.tools,
            options: Options { wrapped: true, ..self.options },
        }
    }

    /// The tools under guard, without a transport: for a transport or handler of your own.
    ///
    /// Calls over HTTP need an authenticated [`Caller`](crate::Caller) in the extensions of the
    /// request; for other transports say who calls with [`GuardedTools::for_local`].
    ///
    /// # Errors
    /// If the operating system has no randomness or no thread to give, or the authorizer cannot decide
    /// about a tool.
    pub fn embed(self) -> Result<GuardedTools, StartError> {
        let (tools, _) = self.guard()?;
        Ok(tools)
    }

    /// Whether the authorizer, if there is one, can decide about all tools.
    fn check_tools(&self) -> Result<(), StartError> {
        let authorizer = self.options.authorizer.as_ref();
        authorizer.map_or(Ok(()), |authorizer| authorizer.check_tools(&self.tools))
    }

    fn guard(self) -> Result<(GuardedTools, Parts<C, H>), StartError> {
        self.check_tools()?;
        let Server { tools, callers, wrap, options } = self;
        let audit = match &options.audit {
            Some(audit) => audit.clone(),
            None => Audit::builder().start().map_err(StartError::audit)?,
        };
        let settings = Settings {
            rate_capacity: options.rate_capacity,
            #[cfg(feature = "redis")]
            shared: options.shared.clone(),
            authorizer: options.authorizer.clone(),
            #[cfg(feature = "metrics")]
            metrics: options.metrics.is_some(),
            audit: audit.clone(),
        };
        let info = server_config(options.info.clone(), options.instructions.clone());
        let max_request = options.max_request(&tools);
        let tools = GuardedTools::new(tools, settings, info).map_err(StartError::randomness)?;
        #[cfg(feature = "metrics")]
        let tools = match options.metrics {
            Some(address) => tools.expose(address)?,
            None => tools,
        };
        Ok((tools, Parts { callers, wrap, audit, max_request, options }))
    }
}

/// What a transport needs beside the tools.
struct Parts<C, H> {
    #[cfg_attr(not(feature = "http"), expect(dead_code, reason = "stdio has one caller"))]
    callers: C,
    wrap: Wrap<H>,
    audit: Audit,
    /// The greatest request that is read, in bytes.
    max_request: usize,
    #[cfg_attr(not(feature = "http"), expect(dead_code, reason = "stdio has no more to choose"))]
    options: Options,
}

impl<C: KnowsCallers, H> Server<C, H> {
    fn known(self) -> Server<Callers, H> {
        Server {
            callers: self.callers.into_callers(),
            tools: self.tools,
            wrap: self.wrap,
            options: self.options,
        }
    }
}

/// How long calls that were told to stop may take to close their records.
const CLOSE: Duration = Duration::from_secs(1);

/// Before a server says that it is done, its calls are over and their records written.
async fn flush(audit: &Audit) {
    let closed = tokio::time::timeout(CLOSE, audit.all_closed()).await;
    // If records cannot be written, the flush says so.
    if closed.is_err() && audit.is_healthy() {
        tracing::warn!(target: "secure_tool", "a call is still running and does not stop");
    }
    if let Err(error) = audit.flush().await {
        tracing::error!(target: "secure_tool", %error, "some records of the last calls are lost");
    }
}

fn server_config(info: Implementation, instructions: Option<String>) -> ServerConfig {
    let capabilities = ServerCapabilities::builder().enable_tools().build();
    let mut config = ServerConfig::new(capabilities).with_server_info(info);
    if let Some(instructions) = instructions {
        config = config.with_instructions(instructions);
    }
    config
}
