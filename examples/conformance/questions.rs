//! What the tools ask.

use rmcp::model::{
    CreateMessageRequest, CreateMessageRequestParams, ElicitRequest, ElicitRequestParams,
    InputRequest, ListRootsRequest, SamplingMessage,
};
use serde_json::{Map, Value, json};

/// A form with these properties.
pub(crate) fn form(message: &str, properties: Value, required: &[&str]) -> InputRequest {
    let schema = json!({ "type": "object", "properties": properties, "required": required });
    InputRequest::Elicitation(ElicitRequest::new(ElicitRequestParams::FormElicitationParams {
        meta: None,
        message: message.to_owned(),
        requested_schema: serde_json::from_value(schema).expect("a schema of a form"),
    }))
}

/// A form with one text.
pub(crate) fn text(message: &str, name: &str) -> InputRequest {
    form(message, json!({ name: { "type": "string" } }), &[name])
}

/// A prompt for the client's model.
pub(crate) fn sampling(prompt: &str) -> InputRequest {
    let messages = vec![SamplingMessage::user_text(prompt)];
    InputRequest::CreateMessage(CreateMessageRequest::new(CreateMessageRequestParams::new(
        messages, 100,
    )))
}

/// The directories that the client shows.
pub(crate) fn roots() -> InputRequest {
    InputRequest::ListRoots(ListRootsRequest::default())
}

/// Forms with the default values and the choices that the suite looks for.
pub(crate) fn defaults() -> InputRequest {
    let properties = json!({
        "name": { "type": "string", "description": "User's name", "default": "John Doe" },
        "age": { "type": "integer", "description": "User's age", "default": 30 },
        "score": { "type": "number", "description": "User's score", "default": 95.5 },
        "status": {
            "type": "string", "description": "User's status",
            "enum": ["active", "inactive", "pending"], "default": "active",
        },
        "verified": { "type": "boolean", "description": "Whether verified", "default": true },
    });
    form("Please provide values (all have defaults)", properties, &[])
}

/// Choices, as each revision has written them.
pub(crate) fn choices() -> InputRequest {
    let titled = |titles: [(&str, &str); 3]| {
        titles.map(|(value, title)| json!({ "const": value, "title": title })).to_vec()
    };
    let properties = json!({
        "untitledSingle": { "type": "string", "enum": ["option1", "option2", "option3"] },
        "titledSingle": {
            "type": "string",
            "oneOf": titled([("value1", "First Option"), ("value2", "Second Option"), ("value3", "Third Option")]),
        },
        "legacyEnum": {
            "type": "string",
            "enum": ["opt1", "opt2", "opt3"], "enumNames": ["Option One", "Option Two", "Option Three"],
        },
        "untitledMulti": {
            "type": "array", "items": { "type": "string", "enum": ["option1", "option2", "option3"] },
        },
        "titledMulti": {
            "type": "array",
            "items": { "anyOf": titled([("value1", "First Choice"), ("value2", "Second Choice"), ("value3", "Third Choice")]) },
        },
    });
    form("Test enum schema improvements", properties, &[])
}

/// What a form came to: `accept`, `decline` or `cancel`.
pub(crate) fn action(answer: &Map<String, Value>) -> &str {
    answer.get("action").and_then(Value::as_str).unwrap_or("none")
}

/// The text of an answer, wherever its kind has it.
pub(crate) fn said(answer: &Map<String, Value>, name: &str) -> String {
    let content = answer.get("content").unwrap_or(&Value::Null);
    let text = content.get(name).or_else(|| content.get("text")).and_then(Value::as_str);
    text.unwrap_or("nothing").to_owned()
}
