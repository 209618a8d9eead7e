//! Pages of the public internet.

use std::io;

use secure_tool_runtime::fetch::FetchError;
use secure_tool_runtime::prelude::*;

pub(crate) struct Web {
    pages: Fetcher,
}

impl Web {
    /// Fetches from port 443, and from another one if it is named.
    pub(crate) fn open(port: Option<u16>) -> io::Result<Self> {
        let pages = Fetcher::to_public_internet()?.max_body(256 << 10);
        Ok(Web { pages: port.into_iter().fold(pages, Fetcher::port) })
    }
}

#[secure_tools]
impl Web {
    /// Fetch a page of the public internet. What it says is its author's, not the user's.
    #[secure_tool(scope = "web:read", effect = read, expensive, open_world)]
    async fn fetch(
        &self,
        /// Where it is.
        url: SafeUrl,
    ) -> Result<Untrusted<String>, FetchError> {
        self.pages.get(&url).await?.untrusted_text()
    }
}
