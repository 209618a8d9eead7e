//! Secured tools inside a handler of your own, beside a prompt and a resource.
//!
//! ```text
//! cargo run --example embed serve --http 127.0.0.1:8080
//! ```
//!
//! An existing rmcp server keeps its handler: it holds the [`GuardedTools`] and forwards three
//! methods to them. Prompts and resources are not guarded by this framework; these two are public.

#[path = "notes/notebook/mod.rs"]
mod notebook;

use std::error::Error;
use std::process::ExitCode;

use rmcp::handler::server::ServerHandler;
use rmcp::model::*;
use rmcp::service::{RequestContext, RoleServer};
use secure_tool_runtime::GuardedTools;
use secure_tool_runtime::prelude::*;

use notebook::{Notebook, about};

/// The address of the only resource.
const GUIDE: &str = "notes://guide";

/// A handler as any rmcp server has one.
struct Assistant {
    tools: GuardedTools,
}

impl ServerHandler for Assistant {
    fn get_info(&self) -> ServerConfig {
        let capabilities = ServerCapabilities::builder()
            .enable_tools()
            .enable_prompts()
            .enable_resources()
            .build();
        ServerConfig::new(capabilities)
            .with_server_info(Implementation::new("assistant", env!("CARGO_PKG_VERSION")))
    }

    // The tools: forwarded as they are. The guards are behind these methods, not before them.

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        self.tools.call_tool(request, context).await
    }

    async fn list_tools(
        &self,
        request: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        self.tools.list_tools(request, context).await
    }

    fn get_tool(&self, name: &str) -> Option<Tool> {
        self.tools.get_tool(name)
    }

    // The prompt and the resource: rmcp as you know it.

    async fn list_prompts(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListPromptsResult, ErrorData> {
        let prompt = Prompt::new("plan_day", Some("Plan the day with the notes"), None);
        Ok(ListPromptsResult::with_all_items(vec![prompt]))
    }

    async fn get_prompt(
        &self,
        request: GetPromptRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<GetPromptResponse, ErrorData> {
        if request.name != "plan_day" {
            return Err(ErrorData::invalid_params("there is no such prompt", None));
        }
        let text = "List my notes, and make a plan for today out of the urgent ones.";
        Ok(GetPromptResult::new(vec![PromptMessage::new_text(Role::User, text)]).into())
    }

    async fn list_resources(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListResourcesResult, ErrorData> {
        Ok(ListResourcesResult::with_all_items(vec![Resource::new(GUIDE, "guide")]))
    }

    async fn read_resource(
        &self,
        request: ReadResourceRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<ReadResourceResponse, ErrorData> {
        if request.uri != GUIDE {
            return Err(ErrorData::resource_not_found("there is no such resource", None));
        }
        let guide = ResourceContents::text("Notes have a title, a text and labels.", GUIDE);
        Ok(ReadResourceResult::new(vec![guide]).into())
    }
}

#[tokio::main]
async fn main() -> Result<ExitCode, Box<dyn Error>> {
    let notebook = Notebook::open().await?;
    let server = Server::new(ToolSet::new(notebook).and(tools![about]))
        .callers(notebook::users())
        .handler(|tools| Assistant { tools });
    Ok(server.cli().await)
}
