//! Tools under guard, as rmcp serves them: alone, or inside a handler of your own.

use std::fmt;
use std::io;
#[cfg(feature = "metrics")]
use std::net::SocketAddr;
use std::sync::Arc;

use futures_util::FutureExt;
use rmcp::handler::server::ServerHandler;
use rmcp::model::{
    CacheScope, CallToolRequestParams, CallToolResponse, CallToolResult, CustomRequest,
    CustomResult, ErrorCode, ErrorData, ListToolsResult, PaginatedRequestParams, ProtocolVersion,
    ServerConfig, Tool,
};
use rmcp::service::{RequestContext, RoleServer};
use tokio_util::sync::CancellationToken;

use crate::caller::Caller;
#[cfg(feature = "oauth")]
use crate::error::FORBIDDEN;
use crate::exchange::Incoming;
use crate::guards::{Guarded, Guards, Settings};
#[cfg(feature = "metrics")]
use crate::metrics::Listener;
#[cfg(all(feature = "http", feature = "metrics"))]
use crate::metrics::Refusals;
use crate::pipeline::{self, Request};
#[cfg(all(feature = "http", feature = "metrics"))]
use crate::server::Connections;
#[cfg(feature = "metrics")]
use crate::server::StartError;
#[cfg(feature = "oauth")]
use crate::server::StepUp;
use crate::span;
use crate::tool_set::ToolSet;

/// How long a client may keep a list of tools: it changes only with a new server.
const LIST_TTL_MS: u64 = 300_000;

/// Methods that this handler has.
const METHODS: [&str; 3] = ["server/discover", "tools/call", "tools/list"];

/// Those that it has for older revisions than 2026-07-28, which has removed them.
const OLDER_METHODS: [&str; 2] = ["initialize", "ping"];

/// Tools behind their guards. Cheap to clone.
///
/// This is a complete [`ServerHandler`]. To serve prompts and resources beside the tools, hold one
/// in a handler of your own and forward `call_tool`, `list_tools` and `get_tool` to it; see
/// [`Server::embed`](crate::server::Server::embed).
#[derive(Clone)]
pub struct GuardedTools {
    guards: Arc<Guards>,
    info: Arc<ServerConfig>,
    /// Who calls when the transport is not HTTP.
    local: Option<Caller>,
    #[cfg(feature = "metrics")]
    listener: Option<Arc<Listener>>,
}

impl GuardedTools {
    pub(crate) fn new(tools: ToolSet, settings: Settings, info: ServerConfig) -> io::Result<Self> {
        let guards = Arc::new(Guards::new(tools, settings)?);
        Ok(GuardedTools {
            guards,
            info: Arc::new(info),
            local: None,
            #[cfg(feature = "metrics")]
            listener: None,
        })
    }

    /// Serves metrics as long as there are these tools.
    #[cfg(feature = "metrics")]
    pub(crate) fn expose(mut self, address: SocketAddr) -> Result<Self, StartError> {
        self.listener = Some(Arc::new(Listener::open(address, &self.guards)?));
        Ok(self)
    }

    /// Counts what a server with these tools refuses, and shows its connections, if there are metrics.
    #[cfg(all(feature = "http", feature = "metrics"))]
    pub(crate) fn watch(&self, connections: &Connections) -> Option<Refusals> {
        self.guards.metrics.as_ref().map(|metrics| metrics.watch(connections.clone()))
    }

    /// Where metrics are served, if they are: at `/metrics`.
    #[cfg(feature = "metrics")]
    #[must_use]
    pub fn metrics_address(&self) -> Option<SocketAddr> {
        self.listener.as_ref().map(|listener| listener.address())
    }

    /// The same tools for a transport with one known client: stdio, a pipe, a test.
    ///
    /// Calls that arrive over HTTP are never taken for this caller.
    #[must_use]
    pub fn for_local(mut self, caller: Caller) -> Self {
        self.local = Some(caller);
        self
    }

    /// Serves a `tools/call` request.
    ///
    /// # Errors
    /// A protocol error if there is no such tool, if the tool has to ask and the client cannot, or if the
    /// client's `requestState` is not valid. Every other refusal is a result that the model can read.
    pub async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let caller = self.caller(&context);
        #[cfg(feature = "oauth")]
        let step_up = StepUp::of(&context);
        let request = of(caller, request, context);
        #[cfg(feature = "oauth")]
        return self.call(request, step_up.as_ref()).await;
        #[cfg(not(feature = "oauth"))]
        self.call(request).await
    }

    /// Serves a call, and leaves word of the scopes that it lacked.
    #[cfg(feature = "oauth")]
    pub(crate) async fn call(
        &self,
        request: Request,
        step_up: Option<&StepUp>,
    ) -> Result<CallToolResponse, ErrorData> {
        let lacking = step_up.and_then(|step_up| {
            Some((step_up, self.lacking(&request.tool, request.caller.as_ref()?)?))
        });
        let answer = pipeline::call(&self.guards, request).await?;
        if let Some((step_up, scopes)) = lacking
            && refused(&answer) == Some(FORBIDDEN)
        {
            // The transport asks for them.
            step_up.needs(scopes);
        }
        Ok(answer)
    }

    #[cfg(not(feature = "oauth"))]
    pub(crate) async fn call(&self, request: Request) -> Result<CallToolResponse, ErrorData> {
        pipeline::call(&self.guards, request).await
    }

    /// Whether a call of a tool is a request and its answer, with nothing between.
    #[cfg(feature = "http")]
    pub(crate) fn is_direct(&self, tool: &str) -> bool {
        self.guards.find(tool).is_some_and(|guarded| guarded.direct)
    }

    /// Serves a call for a caller that you have authenticated yourself.
    ///
    /// # Errors
    /// As [`GuardedTools::call_tool`].
    pub fn call_as(
        &self,
        caller: Caller,
        request: CallToolRequestParams,
        cancelled: CancellationToken,
    ) -> impl Future<Output = Result<CallToolResult, ErrorData>> + Send + '_ {
        let CallToolRequestParams { name, arguments, meta, .. } = request;
        let caller = Some(caller);
        let trace = meta.as_ref().and_then(span::trace_context);
        let request = Request { tool: name, arguments, caller, client: None, trace, cancelled };
        // No future of its own, which would only be moved around.
        pipeline::call(&self.guards, request).map(|answer| match answer? {
            CallToolResponse::Complete(result) => Ok(result),
            _ => Err(ErrorData::internal_error("nobody is there to be asked", None)),
        })
    }

    /// Serves a `tools/list` request: what this caller may call, in the order of names.
    ///
    /// # Errors
    /// If the transport brought no caller.
    pub async fn list_tools(
        &self,
        _request: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        match self.caller(&context) {
            #[cfg(feature = "oauth")]
            Some(caller) if StepUp::of(&context).is_some_and(|it| it.lists_beyond_scopes()) => {
                Ok(self.list(&caller, |guarded| guarded.has_roles(&caller)))
            }
            Some(caller) => Ok(self.list_for(&caller)),
            None => Err(ErrorData::invalid_request("this request carries no identity", None)),
        }
    }

    /// What `tools/list` shows to a caller.
    #[must_use]
    pub fn list_for(&self, caller: &Caller) -> ListToolsResult {
        self.list(caller, |guarded| guarded.may_call(caller))
    }

    /// Of the tools that the clauses show, those that the server's authorizer shows.
    fn list(&self, caller: &Caller, shown: impl Fn(&Guarded) -> bool) -> ListToolsResult {
        let visible = self
            .guards
            .iter()
            .filter(|guarded| shown(guarded) && self.guards.shows(caller, guarded));
        let tools = visible.map(|guarded| guarded.advertised.clone()).collect();
        let scope = match self.guards.all_public() {
            true => CacheScope::Public,
            false => CacheScope::Private,
        };
        ListToolsResult::with_all_items(tools).with_ttl_ms(LIST_TTL_MS).with_cache_scope(scope)
    }

    /// The definition of a tool, by name.
    #[must_use]
    pub fn get_tool(&self, name: &str) -> Option<Tool> {
        self.guards.find(name).map(|guarded| guarded.advertised.clone())
    }

    /// Scopes of all tools, each once and in order.
    #[cfg(feature = "http")]
    pub(crate) fn scopes(&self) -> Vec<&'static str> {
        let scopes =
            self.guards.iter().flat_map(|guarded| guarded.tool.policy.authorization.scopes);
        let scopes: std::collections::BTreeSet<&str> = scopes.copied().collect();
        scopes.into_iter().collect()
    }

    /// The scopes of a tool that its caller lacks, and could have. With a role missing, more scopes would
    /// not help.
    #[cfg(feature = "oauth")]
    pub(crate) fn lacking(&self, tool: &str, caller: &Caller) -> Option<&'static [&'static str]> {
        let guarded = self.guards.find(tool)?;
        let lacking = guarded.has_roles(caller) && !guarded.may_call(caller);
        lacking.then_some(guarded.tool.policy.authorization.scopes)
    }

    /// Over HTTP the authentication layer has put the caller into the request; without it there is
    /// none, whatever the local caller may be.
    fn caller(&self, context: &RequestContext<RoleServer>) -> Option<Caller> {
        match context.extensions.get::<http::request::Parts>() {
            Some(parts) => parts.extensions.get::<Caller>().cloned(),
            None => self.local.clone(),
        }
    }
}

/// The code of the refusal that an answer is.
#[cfg(feature = "http")]
pub(crate) fn refused(answer: &CallToolResponse) -> Option<&str> {
    let CallToolResponse::Complete(result) = answer else { return None };
    let refusal = result.meta.as_ref().filter(|_| result.is_error == Some(true));
    refusal?.get(crate::REFUSAL_KEY)?.get("code")?.as_str()
}

/// What the guards need of a request.
fn of(
    caller: Option<Caller>,
    request: CallToolRequestParams,
    context: RequestContext<RoleServer>,
) -> Request {
    let CallToolRequestParams { name, arguments, input_responses, request_state, .. } = request;
    let cancelled = context.ct.clone();
    let trace = span::trace_context(&context.meta);
    let client = Some(Incoming::new(context, input_responses, request_state));
    Request { tool: name, arguments, caller, client, trace, cancelled }
}

impl ServerHandler for GuardedTools {
    fn get_info(&self) -> ServerConfig {
        ServerConfig::clone(&self.info)
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        GuardedTools::call_tool(self, request, context).await
    }

    async fn list_tools(
        &self,
        request: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        GuardedTools::list_tools(self, request, context).await
    }

    fn get_tool(&self, name: &str) -> Option<Tool> {
        GuardedTools::get_tool(self, name)
    }

    /// By default rmcp answers with the name of the method, which is the client's.
    async fn on_custom_request(
        &self,
        request: CustomRequest,
        context: RequestContext<RoleServer>,
    ) -> Result<CustomResult, ErrorData> {
        let method = request.method.as_str();
        let older = context
            .protocol_version()
            .is_none_or(|version| version < ProtocolVersion::V_2026_07_28);
        // rmcp takes a request whose parameters it cannot read for one of a method of our own.
        if METHODS.contains(&method) || older && OLDER_METHODS.contains(&method) {
            let text = "the parameters of this method are not valid";
            return Err(ErrorData::invalid_params(text, None));
        }
        Err(ErrorData::new(ErrorCode::METHOD_NOT_FOUND, "there is no such method", None))
    }
}

impl fmt::Debug for GuardedTools {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.guards.iter()).finish()
    }
}
