//! Results that are not data: text beside pictures, sound and documents.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use rmcp::model::{ContentBlock, ResourceContents};

use super::clean::{clean, cleaned};

/// What a person or a model looks at, block by block: text, pictures, sound, documents.
///
/// Return it where a result is not data; data belongs into a `#[secure_output]`, which clients can check
/// against a schema. Texts are cleaned as all output is; the tool's `max_output` holds for the whole,
/// with binary data as the base64 that is sent.
///
/// ```
/// use secure_tool_runtime::prelude::*;
///
/// /// Draw a pixel.
/// #[secure_tool(public = "it is a pixel", effect = read)]
/// async fn pixel() -> Content {
///     let png = vec![0x89, b'P', b'N', b'G'];
///     Content::new().text("A pixel:").image("image/png", &png)
/// }
/// ```
#[derive(Debug, Clone, Default)]
pub struct Content {
    blocks: Vec<ContentBlock>,
}

impl Content {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Content::default()
    }

    /// Adds text.
    #[must_use]
    pub fn text(self, text: impl Into<String>) -> Self {
        self.with(ContentBlock::text(clean(text.into())))
    }

    /// Adds a picture of a media type such as `image/png`.
    #[must_use]
    pub fn image(self, media_type: &'static str, data: &[u8]) -> Self {
        self.with(ContentBlock::image(BASE64_STANDARD.encode(data), media_type))
    }

    /// Adds sound of a media type such as `audio/wav`.
    #[must_use]
    pub fn audio(self, media_type: &'static str, data: &[u8]) -> Self {
        self.with(ContentBlock::audio(BASE64_STANDARD.encode(data), media_type))
    }

    /// Adds a document of a media type such as `text/markdown`, under the URI by which clients know it.
    #[must_use]
    pub fn document(self, uri: &str, media_type: &'static str, text: impl Into<String>) -> Self {
        self.with(ContentBlock::resource(ResourceContents::TextResourceContents {
            uri: cleaned(uri).into_owned(),
            mime_type: Some(media_type.to_owned()),
            text: clean(text.into()),
            meta: None,
        }))
    }

    pub(super) fn with(mut self, block: ContentBlock) -> Self {
        self.blocks.push(block);
        self
    }

    /// For the pipeline, and for the fuzz target of the fence.
    #[doc(hidden)]
    #[must_use]
    pub fn into_blocks(self) -> Vec<ContentBlock> {
        self.blocks
    }
}
