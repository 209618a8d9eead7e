//! Tools that end in every way, and a handler around them.

use rmcp::handler::server::ServerHandler;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CustomRequest, CustomResult, ErrorData,
    ListToolsResult, PaginatedRequestParams, ServerConfig, Tool,
};
use rmcp::service::{RequestContext, RoleServer};
use secure_tool_runtime::GuardedTools;
use secure_tool_runtime::prelude::*;

use crate::support::CANARY;
use crate::support::guarded::Runs;

/// A sum.
#[secure_output]
struct Sum {
    /// What it comes to.
    sum: u32,
}

/// Shows what nobody else should see.
struct Broken;

impl std::fmt::Debug for Broken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(CANARY)
    }
}

#[derive(Clone, Default)]
pub struct Tools {
    pub waiting: Runs,
}

#[secure_tools]
impl Tools {
    /// Add.
    #[secure_tool(public = "test", effect = read, rate = "1000/s")]
    async fn add(
        &self,
        /// One.
        #[validate(range(min = 0, max = 9))]
        a: u32,
        /// Another.
        #[validate(range(min = 0, max = 9))]
        b: Option<u32>,
    ) -> Sum {
        Sum { sum: a + b.unwrap_or_default() }
    }

    /// Say something.
    #[secure_tool(public = "test", effect = read)]
    async fn hello(&self, caller: &Caller) -> String {
        format!("hello, {}", caller.subject())
    }

    /// List what is no object.
    #[secure_tool(public = "test", effect = read)]
    async fn numbers(&self) -> Vec<u32> {
        vec![1, 2, 3]
    }

    /// Come to nothing.
    #[secure_tool(public = "test", effect = read)]
    async fn nothing(&self) {}

    /// Break.
    #[secure_tool(public = "test", effect = read)]
    async fn breaks(&self) -> Result<String, Broken> {
        Err(Broken)
    }

    /// Panic.
    #[secure_tool(public = "test", effect = read)]
    async fn panics(&self) -> String {
        std::panic::resume_unwind(Box::new(CANARY))
    }

    /// Take too long.
    #[secure_tool(public = "test", effect = read, timeout = "50ms")]
    async fn sleeps(&self) {
        std::future::pending().await
    }

    /// Wait for ever.
    #[secure_tool(public = "test", effect = read, timeout = "1h")]
    async fn waits(&self) {
        self.waiting.count();
        std::future::pending().await
    }

    /// Be called once.
    #[secure_tool(public = "test", effect = read, rate = "1/h", burst = 1)]
    async fn once(&self) {}

    /// Need a scope.
    #[secure_tool(scope = "notes:none", effect = read)]
    async fn scoped(&self) {}

    /// Need a decision.
    #[secure_tool(policy = Tools::odd, effect = read)]
    async fn decided(
        &self,
        /// Odd.
        number: u8,
    ) -> u8 {
        number
    }

    /// Need a decision by somebody who could talk.
    #[secure_tool(policy = Tools::silent, effect = read)]
    async fn decided_in_silence(&self) {}

    /// Need consent.
    #[secure_tool(public = "test", effect = read, confirm = "Go on with {number}?")]
    async fn confirmed(
        &self,
        /// Whatever.
        number: u8,
    ) -> u8 {
        number
    }

    /// Say in which task it runs.
    #[secure_tool(public = "test", effect = read, rate = "1000/s")]
    async fn task(&self) -> String {
        format!("{:?}", tokio::task::try_id())
    }

    /// Say the same, with a way to talk to the client.
    #[secure_tool(public = "test", effect = read, rate = "1000/s")]
    async fn task_that_talks(&self, context: &Context) -> String {
        assert!(context.client().is_some());
        format!("{:?}", tokio::task::try_id())
    }
}

impl Tools {
    /// A policy hears nothing of the client, whichever way the call has come.
    async fn silent(context: &Context, _: &DecidedInSilenceInput) -> Decision {
        Decision::allow_if(context.client().is_none())
    }

    async fn odd(_: &Caller, input: &DecidedInput) -> Decision {
        Decision::allow_if(input.number % 2 == 1)
    }
}

/// A handler as authors write it around their tools.
pub struct Around(pub GuardedTools);

impl ServerHandler for Around {
    fn get_info(&self) -> ServerConfig {
        self.0.get_info()
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let parts = context.extensions.get::<http::request::Parts>().unwrap();
        assert!(!parts.headers.contains_key("authorization"), "nobody needs the token any more");
        self.0.call_tool(request, context).await
    }

    async fn list_tools(
        &self,
        request: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        self.0.list_tools(request, context).await
    }

    fn get_tool(&self, name: &str) -> Option<Tool> {
        self.0.get_tool(name)
    }

    async fn on_custom_request(
        &self,
        request: CustomRequest,
        context: RequestContext<RoleServer>,
    ) -> Result<CustomResult, ErrorData> {
        self.0.on_custom_request(request, context).await
    }
}
