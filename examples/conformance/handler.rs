//! Prompts, resources and completions beside the guarded tools: rmcp as any server uses it.

use std::sync::Arc;

use rmcp::ErrorData;
use rmcp::handler::server::ServerHandler;
use rmcp::model::*;
use rmcp::service::{RequestContext, RoleServer, SubscriptionContext};
use secure_tool_runtime::GuardedTools;
use serde_json::{Value, json};

use crate::questions;
use crate::resources;
use crate::subscriptions::Subscriptions;
use crate::tools::PNG;

/// The tools with everything else that the suite looks for.
pub(crate) struct Handler {
    pub(crate) tools: GuardedTools,
    pub(crate) subscriptions: Arc<Subscriptions>,
}

/// Two definitions say more than the types of their tools do: the suite looks whether keywords of JSON Schema
/// and a header for a parameter arrive as they are. What is enforced stays the same.
fn decorated(mut tool: Tool) -> Tool {
    let schema = match tool.name.as_ref() {
        "json_schema_2020_12_tool" => json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "type": "object",
            "$defs": { "address": {
                "$anchor": "address", "type": "object",
                "properties": { "street": { "type": "string" }, "city": { "type": "string" } },
            } },
            "properties": {
                "name": { "type": "string" }, "address": { "$ref": "#/$defs/address" },
            },
            "allOf": [{ "anyOf": [{ "required": ["name"] }, { "required": ["address"] }] }],
            "if": { "required": ["address"] },
            "then": { "properties": { "address": { "required": ["street"] } } },
            "else": { "required": ["name"] },
            "additionalProperties": false,
        }),
        "test_custom_header" => json!({
            "type": "object",
            "properties": {
                "value": { "type": "string", "maxLength": 200, "x-mcp-header": "Value" },
            },
            "required": ["value"],
            "additionalProperties": false,
        }),
        _ => return tool,
    };
    if let Value::Object(schema) = schema {
        tool.input_schema = Arc::new(schema);
    }
    tool
}

impl ServerHandler for Handler {
    fn get_info(&self) -> ServerConfig {
        let capabilities = ServerCapabilities::builder()
            .enable_prompts()
            .enable_prompts_list_changed()
            .enable_resources()
            .enable_resources_subscribe()
            .enable_resources_list_changed()
            .enable_tools()
            .enable_tool_list_changed()
            .enable_logging()
            .enable_completions()
            .build();
        ServerConfig::new(capabilities)
            .with_server_info(Implementation::new("conformance", env!("CARGO_PKG_VERSION")))
    }

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
        let mut list = self.tools.list_tools(request, context).await?;
        list.tools = list.tools.into_iter().map(decorated).collect();
        Ok(list)
    }

    fn get_tool(&self, name: &str) -> Option<Tool> {
        self.tools.get_tool(name).map(decorated)
    }

    fn accepted_subscription_filter(
        &self,
        requested: &SubscriptionFilter,
    ) -> Option<SubscriptionFilter> {
        Some(requested.supported_by(&self.get_info().capabilities))
    }

    async fn listen(&self, context: SubscriptionContext) -> Result<(), ErrorData> {
        self.subscriptions.listen(context).await;
        Ok(())
    }

    async fn list_resources(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListResourcesResult, ErrorData> {
        Ok(resources::list())
    }

    async fn list_resource_templates(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListResourceTemplatesResult, ErrorData> {
        Ok(resources::templates())
    }

    async fn read_resource(
        &self,
        request: ReadResourceRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<ReadResourceResponse, ErrorData> {
        resources::read(&request.uri).map(Into::into)
    }

    async fn subscribe(
        &self,
        _: SubscribeRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        // Nothing ever changes.
        Ok(())
    }

    async fn unsubscribe(
        &self,
        _: UnsubscribeRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        Ok(())
    }

    async fn set_level(
        &self,
        _: SetLevelRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        Ok(())
    }

    async fn list_prompts(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListPromptsResult, ErrorData> {
        let prompt = |name: &str, about: &str| Prompt::new(name, Some(about), None);
        let argument = |name: &str| PromptArgument::new(name).with_description("An argument");
        let arguments =
            vec![argument("arg1").with_required(true), argument("arg2").with_required(false)];
        let prompts = vec![
            prompt("test_simple_prompt", "Without arguments"),
            Prompt::new("test_prompt_with_arguments", Some("With arguments"), Some(arguments)),
            prompt("test_prompt_with_embedded_resource", "With a document"),
            prompt("test_prompt_with_image", "With a picture"),
            prompt("test_input_required_result_prompt", "With a question"),
        ];
        let list = ListPromptsResult::with_all_items(prompts);
        Ok(list.with_ttl_ms(resources::TTL_MS).with_cache_scope(CacheScope::Public))
    }

    async fn get_prompt(
        &self,
        request: GetPromptRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<GetPromptResponse, ErrorData> {
        let text = |text: String| PromptMessage::new_text(Role::User, text);
        let messages = match request.name.as_str() {
            "test_simple_prompt" => vec![text("This is a simple test prompt.".into())],
            "test_prompt_with_arguments" => {
                let arguments = request.arguments.unwrap_or_default();
                let of = |name: &str| {
                    arguments.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
                };
                let (one, two) = (of("arg1"), of("arg2"));
                vec![text(format!("Prompt with arguments: arg1='{one}', arg2='{two}'"))]
            }
            "test_prompt_with_embedded_resource" => {
                let uri = request.arguments.unwrap_or_default();
                let uri = uri.get("resourceUri").and_then(Value::as_str);
                let uri = uri.unwrap_or("test://static-text").to_owned();
                let (kind, body) = (Some("text/plain".into()), Some("A document.".into()));
                let document =
                    PromptMessage::new_resource(Role::User, uri, kind, body, None, None, None);
                vec![text("Here is a resource:".into()), document]
            }
            "test_prompt_with_image" => {
                let image = ContentBlock::image(resources::base64(PNG), "image/png");
                vec![text("Here is an image:".into()), PromptMessage::new(Role::User, image)]
            }
            "test_input_required_result_prompt" => return Ok(prompt_with_a_question(&request)),
            _ => return Err(ErrorData::invalid_params("there is no such prompt", None)),
        };
        Ok(GetPromptResult::new(messages).into())
    }

    async fn complete(
        &self,
        _: CompleteRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<CompleteResult, ErrorData> {
        let completion = CompletionInfo::new(vec!["one".into(), "two".into()]);
        Ok(CompleteResult::new(completion.map_err(|e| ErrorData::internal_error(e, None))?))
    }
}

/// A prompt that asks is no tool: here the protocol is spoken by hand.
fn prompt_with_a_question(request: &GetPromptRequestParams) -> GetPromptResponse {
    let answers = request.input_responses.as_ref();
    let answer = answers.and_then(|answers| answers.get("user_context")).and_then(Value::as_object);
    match answer {
        Some(answer) => {
            let text = format!("Prompt with context: {}", questions::said(answer, "context"));
            GetPromptResult::new(vec![PromptMessage::new_text(Role::User, text)]).into()
        }
        None => {
            let question = questions::text("What context should the prompt use?", "context");
            let questions = InputRequests::from([("user_context".to_owned(), question)]);
            InputRequiredResult::from_input_requests(questions).into()
        }
    }
}
