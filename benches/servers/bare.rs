//! (a) rmcp as its documentation has it. Nothing is checked but types.

use rmcp::handler::server::ServerHandler;
use rmcp::handler::server::tool::{ToolCallContext, ToolRouter};
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, ErrorData, ListToolsResult, PaginatedRequestParams,
    ServerCapabilities, ServerConfig, Tool,
};
use rmcp::schemars::JsonSchema;
use rmcp::service::{RequestContext, RoleServer};
use serde::{Deserialize, Serialize};

use crate::tools::sizes;

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

/// The same tools behind a router that is made once: what the handler macro could do.
pub(crate) struct Cached<S> {
    pub(crate) tools: S,
    pub(crate) router: ToolRouter<S>,
}

impl<S: Send + Sync + 'static> ServerHandler for Cached<S> {
    fn get_info(&self) -> ServerConfig {
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        self.router.call(ToolCallContext::new(&self.tools, request, context)).await
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

macro_rules! make {
    ($size:ident: $($tool:ident)*) => {
        pub(crate) mod $size {
            use rmcp::handler::server::ServerHandler;
            use rmcp::handler::server::wrapper::{Json, Parameters};
            use rmcp::{tool, tool_handler, tool_router};

            use super::{Cached, Note};

            $(
                mod $tool {
                    #[derive(serde::Deserialize, rmcp::schemars::JsonSchema)]
                    pub(super) struct Input {
                        /// Title shown in lists.
                        pub(super) title: String,
                        /// How many to make.
                        pub(super) copies: u32,
                        /// How soon it matters.
                        pub(super) priority: super::super::Priority,
                    }
                }
            )*

            pub(crate) struct Tools;

            #[tool_router]
            impl Tools {
                $(
                    #[tool(description = "Add a note.")]
                    async fn $tool(&self, Parameters(input): Parameters<$tool::Input>) -> Json<Note> {
                        let id = u64::from(input.copies) + input.priority as u64;
                        Json(Note { id, title: input.title })
                    }
                )*
            }

            #[tool_handler]
            impl ServerHandler for Tools {}

            pub(crate) fn cached() -> Cached<Tools> {
                Cached { tools: Tools, router: Tools::tool_router() }
            }
        }
    };
}

sizes!(make);
