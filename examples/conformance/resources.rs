//! The resources that the suite reads.

use base64::Engine;
use rmcp::ErrorData;
use rmcp::model::*;
use serde_json::json;

use crate::tools::PNG;

/// How long clients may keep what they read.
pub(crate) const TTL_MS: u64 = 60_000;

const TEXT: &str = "test://static-text";
const BINARY: &str = "test://static-binary";

/// As the protocol carries bytes.
pub(crate) fn base64(bytes: &[u8]) -> String {
    base64::prelude::BASE64_STANDARD.encode(bytes)
}

/// All that there are.
pub(crate) fn list() -> ListResourcesResult {
    let resource = |uri: &str, name: &str, kind: &str| {
        Resource::new(uri, name).with_description("For the suite").with_mime_type(kind)
    };
    let resources = vec![
        resource(TEXT, "Static Text Resource", "text/plain"),
        resource(BINARY, "Static Binary Resource", "image/png"),
    ];
    let list = ListResourcesResult::with_all_items(resources);
    list.with_ttl_ms(TTL_MS).with_cache_scope(CacheScope::Public)
}

/// Those with a part to choose.
pub(crate) fn templates() -> ListResourceTemplatesResult {
    let template = ResourceTemplate::new("test://template/{id}/data", "Dynamic Resource")
        .with_description("For the suite")
        .with_mime_type("application/json");
    let list = ListResourceTemplatesResult::with_all_items(vec![template]);
    list.with_ttl_ms(TTL_MS).with_cache_scope(CacheScope::Public)
}

/// One of them.
pub(crate) fn read(uri: &str) -> Result<ReadResourceResult, ErrorData> {
    let (kind, id) = match uri {
        TEXT => {
            return Ok(text(
                uri,
                "text/plain",
                "This is the content of the static text resource.".into(),
            ));
        }
        BINARY => return Ok(binary(uri)),
        uri => ("application/json", uri.strip_prefix("test://template/")),
    };
    let id = id.and_then(|rest| rest.strip_suffix("/data")).ok_or_else(|| {
        ErrorData::resource_not_found("there is no such resource", Some(json!({ "uri": uri })))
    })?;
    let data = json!({ "id": id, "templateTest": true, "data": format!("Data for ID: {id}") });
    Ok(text(uri, kind, data.to_string()))
}

fn text(uri: &str, kind: &str, text: String) -> ReadResourceResult {
    kept(ResourceContents::TextResourceContents {
        uri: uri.to_owned(),
        mime_type: Some(kind.to_owned()),
        text,
        meta: None,
    })
}

fn binary(uri: &str) -> ReadResourceResult {
    kept(ResourceContents::BlobResourceContents {
        uri: uri.to_owned(),
        mime_type: Some("image/png".to_owned()),
        blob: base64(PNG),
        meta: None,
    })
}

fn kept(contents: ResourceContents) -> ReadResourceResult {
    let result = ReadResourceResult::new(vec![contents]);
    result.with_ttl_ms(TTL_MS).with_cache_scope(CacheScope::Public)
}
