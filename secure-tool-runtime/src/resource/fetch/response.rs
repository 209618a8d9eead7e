//! What came back, bounded.

use reqwest::Response;
use reqwest::header::{CONTENT_TYPE, LOCATION};

use super::{FetchError, SafeUrl};
use crate::output::Untrusted;

/// The longest media type that is kept, in bytes.
const LONGEST_TYPE: usize = 100;

/// A response, whatever its status.
#[derive(Debug, Clone)]
pub struct Fetched {
    /// Where it came from, after all redirects.
    pub url: SafeUrl,
    /// The status code: 200 is success, 404 is not found.
    pub status: u16,
    /// The media type without parameters, in lower case, as the server claims it: `text/html`.
    pub media_type: Option<String>,
    /// All of the body.
    pub body: Vec<u8>,
}

impl Fetched {
    /// The body as text.
    ///
    /// # Errors
    /// [`FetchError::NotText`] if it is not UTF-8.
    pub fn text(self) -> Result<String, FetchError> {
        String::from_utf8(self.body).map_err(|_| FetchError::NotText.logged())
    }

    /// The body as text, marked as what anybody may have written on its way to a model.
    ///
    /// # Errors
    /// As [`Fetched::text`].
    pub fn untrusted_text(self) -> Result<Untrusted<String>, FetchError> {
        Ok(Untrusted::new(self.text()?, "a web page"))
    }
}

/// Where a response sends us, if it does.
pub(super) fn redirect(response: &Response) -> Option<&[u8]> {
    // 304 and 300 are answers.
    let redirects = matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308);
    let location = response.headers().get(LOCATION).filter(|_| redirects)?;
    Some(location.as_bytes())
}

/// All of a response, or nothing.
pub(super) async fn collect(
    url: SafeUrl,
    mut response: Response,
    limit: usize,
) -> Result<Fetched, FetchError> {
    let claimed = response.content_length().unwrap_or(0);
    if claimed > limit as u64 {
        return Err(FetchError::TooLarge);
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(FetchError::of)? {
        if chunk.len() > limit - body.len() {
            return Err(FetchError::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Fetched { url, status: response.status().as_u16(), media_type: media_type(&response), body })
}

fn media_type(response: &Response) -> Option<String> {
    let claimed = response.headers().get(CONTENT_TYPE)?.to_str().ok()?;
    let kind = claimed.split(';').next()?.trim();
    let is_token =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '+' | '-' | '_' | '*');
    let fits = kind.len() <= LONGEST_TYPE && !kind.is_empty() && kind.chars().all(is_token);
    fits.then(|| kind.to_ascii_lowercase())
}
