//! Secrets in what leaves the server, whatever its form. Each function says how many it replaced.

use rmcp::model::{CallToolResponse, ContentBlock, ErrorData, InputRequest, ResourceContents};
use serde_json::{Map, Value};

use super::scanner::Scanner;
use super::{REPLACEMENT, scanner};

/// In JSON: its texts, the names of its fields, and its numbers.
pub(crate) fn in_value(value: &mut Value) -> u32 {
    scanner().map_or(0, |scanner| scanner.in_value(value))
}

/// In blocks of content. One with binary data that holds a secret is dropped, for what is left of it would
/// not be what it says.
pub(crate) fn in_blocks(blocks: &mut [ContentBlock]) -> u32 {
    scanner().map_or(0, |scanner| blocks.iter_mut().map(|block| scanner.in_block(block)).sum())
}

/// In the answer to a call that was refused. What was served has been searched before.
pub(crate) fn in_answer(answer: &mut Result<CallToolResponse, ErrorData>) -> u32 {
    let Some(scanner) = scanner() else { return 0 };
    match answer {
        Ok(CallToolResponse::Complete(result)) => {
            result.content.iter_mut().map(|block| scanner.in_block(block)).sum()
        }
        Ok(_) => 0,
        Err(error) => {
            let mut message = error.message.to_string();
            let count = scanner.replace(&mut message);
            if count > 0 {
                error.message = message.into();
            }
            count
        }
    }
}

/// In a question to the client. None if there is no such question without the secret.
pub(crate) fn in_question(question: InputRequest) -> Option<(InputRequest, u32)> {
    let Some(scanner) = scanner() else { return Some((question, 0)) };
    let mut value = serde_json::to_value(&question).ok()?;
    match scanner.in_value(&mut value) {
        0 => Some((question, 0)),
        count => Some((serde_json::from_value(value).ok()?, count)),
    }
}

impl Scanner {
    pub(super) fn in_value(&self, value: &mut Value) -> u32 {
        match value {
            Value::String(text) => self.replace(text),
            Value::Array(items) => items.iter_mut().map(|item| self.in_value(item)).sum(),
            Value::Object(members) => self.in_members(members),
            Value::Number(number) if self.finds_in(number) => {
                *value = Value::from(REPLACEMENT);
                1
            }
            Value::Number(_) | Value::Bool(_) | Value::Null => 0,
        }
    }

    fn in_members(&self, members: &mut Map<String, Value>) -> u32 {
        let within: u32 = members.values_mut().map(|value| self.in_value(value)).sum();
        if !members.keys().any(|name| self.finds(name)) {
            return within;
        }
        let mut names = 0;
        let renamed = std::mem::take(members).into_iter().map(|(mut name, value)| {
            names += self.replace(&mut name);
            (name, value)
        });
        *members = renamed.collect();
        within + names
    }

    fn in_block(&self, block: &mut ContentBlock) -> u32 {
        match block {
            ContentBlock::Text(text) => self.replace(&mut text.text),
            ContentBlock::Resource(resource) => match &mut resource.resource {
                ResourceContents::TextResourceContents { uri, text, .. } => {
                    self.replace(uri) + self.replace(text)
                }
                // We make none: should there be one day, it is looked at like all others.
                _ => self.in_other_block(block),
            },
            _ => self.in_other_block(block),
        }
    }

    fn in_other_block(&self, block: &mut ContentBlock) -> u32 {
        let written = serde_json::to_string(block).unwrap_or_default();
        if written.is_empty() || self.finds(&written) {
            *block = ContentBlock::text(REPLACEMENT);
            return 1;
        }
        0
    }
}
