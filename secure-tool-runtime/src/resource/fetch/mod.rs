//! Requests to the internet on behalf of a client.
//!
//! A [`SafeUrl`] is tool input: an `https` URL with one meaning. A [`Fetcher`] is made once, from
//! configuration, and says which hosts it goes to. Each name is resolved once for a connection, each
//! address that it has is judged, and to those alone a connection is made; each redirect begins anew.
//!
//! ```
//! use secure_tool_runtime::fetch::{FetchError, Fetcher};
//! use secure_tool_runtime::prelude::*;
//!
//! struct Web {
//!     pages: Fetcher,
//! }
//!
//! impl Web {
//!     fn open() -> std::io::Result<Self> {
//!         Ok(Web { pages: Fetcher::to_hosts(["docs.rs", "www.rust-lang.org"])?.max_body(200_000) })
//!     }
//! }
//!
//! #[secure_tools]
//! impl Web {
//!     /// Fetch a page of documentation.
//!     #[secure_tool(scope = "web:read", effect = read, open_world)]
//!     async fn page(
//!         &self,
//!         /// Where it is.
//!         url: SafeUrl,
//!     ) -> Result<Untrusted<String>, FetchError> {
//!         self.pages.get(&url).await?.untrusted_text()
//!     }
//! }
//! ```
//!
//! Nothing of the call goes along: no header, cookie or token of the caller, no `Referer`. No proxy of
//! the environment stands between the check and the connection. A client cannot tell a host that it may
//! not reach from one that nobody reaches.
//!
//! Limits: a host of yours with a public address is public. Translation of IPv4 behind a prefix of a
//! network's own (RFC 6052, not `64:ff9b::/96`) cannot be seen. Only `GET`, so far, and without
//! credentials of the server.
//!
//! Source: checklist, “Input Validation”; OWASP, “Server-Side Request Forgery Prevention Cheat Sheet”.

mod address;
mod error;
mod fetcher;
mod resolver;
mod response;
#[cfg(test)]
mod tests;
mod url;

pub use self::error::FetchError;
pub use self::fetcher::Fetcher;
pub use self::response::Fetched;
pub use self::url::SafeUrl;
