//! (b) rmcp secured by hand, as an expert would: a cached router, bounds by `validator`, a keyed
//! governor, a scope check, errors without inner text, and one event a call.

use std::collections::{HashMap, HashSet};
use std::io;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::{Duration, Instant};

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use rmcp::handler::server::ServerHandler;
use rmcp::handler::server::tool::{ToolCallContext, ToolRouter};
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, ErrorCode, ErrorData,
    ListToolsResult, PaginatedRequestParams, ServerCapabilities, ServerConfig, Tool,
};
use rmcp::schemars::JsonSchema;
use rmcp::service::{RequestContext, RoleServer};
use serde::{Deserialize, Serialize};
use tracing::Subscriber;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use validator::Validate;

use crate::tools::{SCOPE, sizes};

#[derive(Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Priority {
    Low,
    Normal,
    High,
}

#[derive(Serialize, JsonSchema)]
pub(crate) struct Note {
    id: u64,
    title: String,
}

/// Who calls, as an authentication layer puts it into the extensions of a request.
pub(crate) struct Principal {
    pub(crate) subject: Arc<str>,
    pub(crate) scopes: HashSet<String>,
}

pub(crate) struct ByHand<S> {
    tools: S,
    router: ToolRouter<S>,
    scopes: HashMap<String, &'static str>,
    limiter: DefaultKeyedRateLimiter<(String, Arc<str>)>,
    /// Where there is no layer.
    caller: Arc<Principal>,
    audit: bool,
}

impl<S: Send + Sync + 'static> ByHand<S> {
    fn new(tools: S, router: ToolRouter<S>, audit: bool) -> Self {
        let burst = NonZeroU32::new(10_000).expect("it is not zero");
        let quota = Quota::with_period(Duration::from_micros(1)).expect("it is not zero");
        let names = router.map.keys().map(|name| (name.to_string(), SCOPE));
        ByHand {
            scopes: names.collect(),
            limiter: RateLimiter::keyed(quota.allow_burst(burst)),
            caller: Arc::new(Principal {
                subject: "ada".into(),
                scopes: [SCOPE.to_owned()].into(),
            }),
            audit,
            tools,
            router,
        }
    }

    fn caller(&self, context: &RequestContext<RoleServer>) -> Arc<Principal> {
        let parts = context.extensions.get::<http::request::Parts>();
        let known = parts.and_then(|parts| parts.extensions.get::<Arc<Principal>>());
        Arc::clone(known.unwrap_or(&self.caller))
    }

    async fn guarded(
        &self,
        caller: &Principal,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let key = (request.name.to_string(), Arc::clone(&caller.subject));
        if self.limiter.check_key(&key).is_err() {
            return Ok(refusal("Rate limit reached: call again later.").into());
        }
        let Some(scope) = self.scopes.get(&*request.name) else {
            return Err(ErrorData::invalid_params("there is no such tool", None));
        };
        if !caller.scopes.contains(*scope) {
            return Ok(refusal("You may not call this tool.").into());
        }
        let called = self.router.call(ToolCallContext::new(&self.tools, request, context)).await;
        called.or_else(|error| match error.code {
            // serde's text repeats what the client sent.
            ErrorCode::INVALID_PARAMS => Ok(refusal("The arguments are not valid.").into()),
            _ => Err(ErrorData::internal_error("the tool failed", None)),
        })
    }
}

impl<S: Send + Sync + 'static> ServerHandler for ByHand<S> {
    fn get_info(&self) -> ServerConfig {
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let caller = self.caller(&context);
        if !self.audit {
            return self.guarded(&caller, request, context).await;
        }
        let started = Instant::now();
        let (tool, reference) = (request.name.clone(), context.id.clone());
        let answer = self.guarded(&caller, request, context).await;
        let served = matches!(&answer, Ok(CallToolResponse::Complete(result)) if result.is_error != Some(true));
        tracing::info!(
            target: "audit",
            %tool,
            caller = &*caller.subject,
            outcome = if served { "served" } else { "refused" },
            duration_us = started.elapsed().as_micros() as u64,
            %reference,
            "tool call"
        );
        answer
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        Ok(ListToolsResult::with_all_items(self.router.list_all()))
    }

    fn get_tool(&self, name: &str) -> Option<Tool> {
        self.router.get(name).cloned()
    }
}

fn refusal(sentence: &str) -> CallToolResult {
    CallToolResult::error(vec![ContentBlock::text(sentence)])
}

/// Formats the event as JSON where the call is, and writes it nowhere.
pub(crate) fn json_events() -> impl Subscriber + Send + Sync {
    json_events_to(io::sink, "audit")
}

/// Formats the events of a target as JSON where the call is.
pub(crate) fn json_events_to<W>(writer: W, target: &str) -> impl Subscriber + Send + Sync + use<W>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let audit = Targets::new().with_target(target, LevelFilter::INFO);
    let json = tracing_subscriber::fmt::layer().json().with_writer(writer);
    tracing_subscriber::registry().with(json.with_filter(audit))
}

macro_rules! make {
    ($size:ident: $($tool:ident)*) => {
        pub(crate) mod $size {
            use rmcp::handler::server::wrapper::{Json, Parameters};
            use rmcp::model::CallToolResult;
            use rmcp::{tool, tool_router};
            use validator::Validate as _;

            use super::{ByHand, Note};

            $(
                mod $tool {
                    use super::super::{Deserialize, JsonSchema, Priority, Validate};

                    #[derive(Deserialize, JsonSchema, Validate)]
                    #[serde(deny_unknown_fields)]
                    pub(super) struct Input {
                        /// Title shown in lists.
                        #[validate(length(min = 1, max = 200))]
                        pub(super) title: String,
                        /// How many to make.
                        #[validate(range(min = 1, max = 100))]
                        pub(super) copies: u32,
                        /// How soon it matters.
                        pub(super) priority: Priority,
                    }
                }
            )*

            pub(crate) struct Tools;

            #[tool_router]
            impl Tools {
                $(
                    #[tool(description = "Add a note.")]
                    async fn $tool(
                        &self,
                        Parameters(input): Parameters<$tool::Input>,
                    ) -> Result<Json<Note>, CallToolResult> {
                        if input.validate().is_err() {
                            return Err(super::refusal("The arguments are not valid."));
                        }
                        let id = u64::from(input.copies) + input.priority as u64;
                        Ok(Json(Note { id, title: input.title }))
                    }
                )*
            }

            /// With one event a call, or with none.
            pub(crate) fn by_hand(audit: bool) -> ByHand<Tools> {
                ByHand::new(Tools, Tools::tool_router(), audit)
            }
        }
    };
}

sizes!(make);
