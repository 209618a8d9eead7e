//! The tools that the suite calls, under the names and with the answers that it expects.

use std::sync::Arc;
use std::time::Duration;

use rmcp::model::{LoggingLevel, LoggingMessageNotificationParam};
use secure_tool_runtime::prelude::*;
use serde_json::json;

use crate::questions::{self, action, said};
use crate::subscriptions::Subscriptions;

/// A red pixel.
pub(crate) const PNG: &[u8] = include_bytes!("pixel.png");
/// Nothing to hear.
const WAV: &[u8] = include_bytes!("silence.wav");

/// What the suite calls.
pub(crate) struct Fixtures {
    pub(crate) subscriptions: Arc<Subscriptions>,
}

#[public_error]
enum Intended {
    #[public("This tool intentionally returns an error for testing")]
    Error,
}

/// Where somebody lives.
#[secure_input]
struct Address {
    /// The street.
    street: Option<Text<1, 100>>,
    /// The city.
    city: Option<Text<1, 100>>,
}

#[secure_tools]
impl Fixtures {
    /// Returns simple text content.
    #[secure_tool(scope = "conformance", effect = read)]
    async fn test_simple_text(&self) -> &'static str {
        "This is a simple text response for testing."
    }

    /// Returns image content.
    #[secure_tool(scope = "conformance", effect = read)]
    async fn test_image_content(&self) -> Content {
        Content::new().image("image/png", PNG)
    }

    /// Returns audio content.
    #[secure_tool(scope = "conformance", effect = read)]
    async fn test_audio_content(&self) -> Content {
        Content::new().audio("audio/wav", WAV)
    }

    /// Returns embedded resource content.
    #[secure_tool(scope = "conformance", effect = read)]
    async fn test_embedded_resource(&self) -> Content {
        let text = "This is an embedded resource content.";
        Content::new().document("test://embedded-resource", "text/plain", text)
    }

    /// Returns multiple content types.
    #[secure_tool(scope = "conformance", effect = read)]
    async fn test_multiple_content_types(&self) -> Content {
        let text = json!({ "test": "data", "value": 123 }).to_string();
        Content::new().text("Multiple content types test:").image("image/png", PNG).document(
            "test://mixed-content-resource",
            "application/json",
            text,
        )
    }

    /// Always returns an error.
    #[secure_tool(scope = "conformance", effect = read)]
    async fn test_error_handling(&self) -> Result<(), Intended> {
        Err(Intended::Error)
    }

    /// Reports progress.
    #[secure_tool(scope = "conformance", effect = read)]
    async fn test_tool_with_progress(&self, context: &Context) -> &'static str {
        for (done, message) in [(0.0, "Starting"), (50.0, "Halfway"), (100.0, "Complete")] {
            context.progress(done, Some(100.0), message).await;
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        "Progress test completed"
    }

    /// Sends log messages while it runs.
    #[secure_tool(scope = "conformance", effect = read)]
    async fn test_tool_with_logging(&self, context: &Context) -> &'static str {
        for message in
            ["Tool execution started", "Tool processing data", "Tool execution completed"]
        {
            log(context, LoggingLevel::Info, message).await;
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        "Logging test completed"
    }

    /// Sends a log message if the request asks for it.
    #[secure_tool(scope = "conformance", effect = read)]
    async fn test_logging_tool(&self, context: &Context) -> &'static str {
        if let Some(level) = context.client().and_then(|client| client.meta.log_level()) {
            log(context, level, "logLevel was requested").await;
        }
        "Logging tool completed"
    }

    /// Repeats a value that a header carries, too.
    #[secure_tool(scope = "conformance", effect = read)]
    async fn test_custom_header(
        &self,
        /// The value.
        value: Text<0, 200>,
    ) -> Text<0, 200> {
        value
    }

    /// Greets, with a schema that the suite reads.
    #[secure_tool(scope = "conformance", effect = read)]
    async fn json_schema_2020_12_tool(
        &self,
        /// Whom.
        name: Option<Text<1, 100>>,
        /// Where they live.
        address: Option<Address>,
    ) -> String {
        let lives = address.and_then(|Address { street, city }| street.or(city));
        format!("Hello, {}!", name.or(lives).as_deref().unwrap_or("world"))
    }

    /// Takes a moment.
    #[secure_tool(scope = "conformance", effect = read)]
    async fn test_reconnection(&self) -> &'static str {
        tokio::time::sleep(Duration::from_millis(100)).await;
        "Reconnection test completed"
    }

    /// Tells subscribers that the tools have changed.
    #[secure_tool(scope = "conformance", effect = write)]
    async fn test_trigger_tool_change(&self) -> &'static str {
        self.subscriptions.tools_changed().await;
        "Tool list change triggered"
    }

    /// Tells subscribers that the prompts have changed.
    #[secure_tool(scope = "conformance", effect = write)]
    async fn test_trigger_prompt_change(&self) -> &'static str {
        self.subscriptions.prompts_changed().await;
        "Prompt list change triggered"
    }

    /// Needs a client with a model.
    #[secure_tool(scope = "conformance", effect = read)]
    async fn test_missing_capability(&self, context: &Context) -> String {
        said(&context.ask("sampling", questions::sampling("Hello")).await, "text")
    }

    /// Asks the client's model.
    #[secure_tool(scope = "conformance", effect = read)]
    async fn test_sampling(
        &self,
        context: &Context,
        /// The prompt to send.
        prompt: Text<1, 1000>,
    ) -> String {
        let answer = context.ask("sampling", questions::sampling(&prompt)).await;
        format!("LLM response: {}", said(&answer, "text"))
    }

    /// Asks the user for a name and an address.
    #[secure_tool(scope = "conformance", effect = read)]
    async fn test_elicitation(
        &self,
        context: &Context,
        /// The message to show.
        message: Text<1, 1000>,
    ) -> String {
        let properties = json!({
            "username": { "type": "string", "description": "User's response" },
            "email": { "type": "string", "description": "User's email address" },
        });
        let form = questions::form(&message, properties, &["username", "email"]);
        let answer = context.ask("user", form).await;
        let content = answer.get("content").map(|content| content.to_string());
        format!("User response: action={}, content={content:?}", action(&answer))
    }

    /// Asks the user with default values.
    #[secure_tool(scope = "conformance", effect = read)]
    async fn test_elicitation_sep1034_defaults(&self, context: &Context) -> String {
        let answer = context.ask("defaults", questions::defaults()).await;
        let content = answer.get("content").map(|content| content.to_string());
        format!("Elicitation completed: action={}, content={content:?}", action(&answer))
    }

    /// Asks the user to choose.
    #[secure_tool(scope = "conformance", effect = read)]
    async fn test_elicitation_sep1330_enums(&self, context: &Context) -> String {
        let answer = context.ask("choices", questions::choices()).await;
        format!("Enum elicitation completed: action={}", action(&answer))
    }

    /// Asks the user for a value.
    #[secure_tool(scope = "conformance", effect = read)]
    async fn test_streaming_elicitation(&self, context: &Context) -> String {
        let question = questions::text("Provide a value", "value");
        said(&context.ask("streaming_elicitation", question).await, "value")
    }

    /// Asks for a name.
    #[secure_tool(scope = "conformance", effect = read)]
    async fn test_input_required_result_elicitation(&self, context: &Context) -> String {
        let question = questions::text("What is your name?", "name");
        format!("Hello, {}!", said(&context.ask("user_name", question).await, "name"))
    }

    /// Asks the client's model a question.
    #[secure_tool(scope = "conformance", effect = read)]
    async fn test_input_required_result_sampling(&self, context: &Context) -> String {
        let question = questions::sampling("What is the capital of France?");
        let answer = context.ask("capital_question", question).await;
        format!("Sampling response: {}", said(&answer, "text"))
    }

    /// Asks which directories the client shows.
    #[secure_tool(scope = "conformance", effect = read)]
    async fn test_input_required_result_list_roots(&self, context: &Context) -> String {
        let answer = context.ask("client_roots", questions::roots()).await;
        format!(
            "Client roots: {}",
            answer.get("roots").map(ToString::to_string).unwrap_or_default()
        )
    }

    /// Asks with a state that the client keeps.
    #[secure_tool(scope = "conformance", effect = read)]
    async fn test_input_required_result_request_state(&self, context: &Context) -> &'static str {
        confirmed(context).await;
        "Confirmed: state-ok"
    }

    /// Asks with a state that the client must not change.
    #[secure_tool(scope = "conformance", effect = read)]
    async fn test_input_required_result_tampered_state(&self, context: &Context) -> &'static str {
        confirmed(context).await;
        "Confirmed: state-ok"
    }

    /// Asks for three things at once.
    #[secure_tool(scope = "conformance", effect = read)]
    async fn test_input_required_result_multiple_inputs(&self, context: &Context) -> &'static str {
        tokio::join!(
            context.ask("user_name", questions::text("What is your name?", "name")),
            context.ask("greeting", questions::sampling("Generate a greeting")),
            context.ask("client_roots", questions::roots()),
        );
        "All inputs received"
    }

    /// Asks one question after the other.
    #[secure_tool(scope = "conformance", effect = read)]
    async fn test_input_required_result_multi_round(&self, context: &Context) -> &'static str {
        context.ask("step1", questions::text("Step 1: What is your name?", "name")).await;
        context
            .ask("step2", questions::text("Step 2: What is your favorite color?", "color"))
            .await;
        "Multi-round flow complete"
    }

    /// Asks what the client says that it can be asked.
    #[secure_tool(scope = "conformance", effect = read)]
    async fn test_input_required_result_capabilities(&self, context: &Context) -> &'static str {
        let Some(client) = context.client() else { return "nobody to ask" };
        let can = client.capabilities;
        tokio::join!(
            async {
                if can.elicitation.is_some() {
                    context.ask("user_name", questions::text("What is your name?", "name")).await;
                }
            },
            async {
                if can.sampling.is_some() {
                    context.ask("greeting", questions::sampling("Generate a greeting")).await;
                }
            },
            async {
                if can.roots.is_some() {
                    context.ask("client_roots", questions::roots()).await;
                }
            },
        );
        "Capability-aware flow complete"
    }
}

async fn confirmed(context: &Context) {
    let form = questions::form("Please confirm", json!({ "ok": { "type": "boolean" } }), &["ok"]);
    context.ask("confirm", form).await;
}

/// Logging to a client is the SDK's: the protocol advises against it by now.
async fn log(context: &Context, level: LoggingLevel, message: &str) {
    let Some(client) = context.client() else { return };
    let message = LoggingMessageNotificationParam::new(level, json!(message));
    // A client that is gone misses nothing.
    let _ = client.peer.notify_logging_message(message.with_logger("conformance")).await;
}
