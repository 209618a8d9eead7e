//! Requests to the issuer: bounded in size and time, straight to where they are sent.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder, Response};
use secrecy::{ExposeSecret, SecretString};
use url::Url;
use url::form_urlencoded::{Serializer, byte_serialize};

use super::config::{Config, is_loopback, is_secure};
use crate::server::StartError;

/// The longest answer that is read, in bytes. Keys of large issuers take some 10 KiB.
const ANSWER: usize = 256 << 10;

/// The longest that a request may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// Why there is no answer. Of an issuer that the author chose, so that it may be logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NoAnswer(pub(super) &'static str);

/// The client of one issuer.
#[derive(Debug)]
pub(super) struct Issuer {
    client: Client,
    /// The issuer is on this machine, so that what it names may be, too.
    local: bool,
}

impl Issuer {
    pub(super) fn new(config: &Config) -> Result<Self, StartError> {
        let local = is_loopback(&config.issuer_url);
        let client = Client::builder()
            .https_only(!local)
            .no_proxy()
            .redirect(Policy::none())
            .retry(reqwest::retry::never())
            .timeout(PATIENCE)
            .connect_timeout(PATIENCE)
            .user_agent(concat!("secure-tool/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| {
                StartError::new("there is no TLS for requests to the issuer", "look at the cause")
                    .because(std::io::Error::other(error))
            })?;
        Ok(Issuer { client, local })
    }

    /// An address that the issuer named, if it may be asked.
    pub(super) fn address(&self, text: &str) -> Option<Url> {
        let fine = |url: &Url| is_secure(url) && (self.local || !is_loopback(url));
        Url::parse(text).ok().filter(fine)
    }

    pub(super) async fn get(&self, url: &Url) -> Result<Vec<u8>, NoAnswer> {
        answer(self.client.get(url.clone())).await
    }

    /// Posts a form with the credentials of a client (RFC 6749 §2.3.1).
    pub(super) async fn post(
        &self,
        url: &Url,
        (client, secret): (&str, &SecretString),
        form: &[(&str, &str)],
    ) -> Result<Vec<u8>, NoAnswer> {
        let encoded = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
        let pair = format!("{}:{}", encoded(client), encoded(secret.expose_secret()));
        let mut basic = HeaderValue::try_from(format!("Basic {}", STANDARD.encode(pair)))
            .expect("base64 fits into a header");
        basic.set_sensitive(true);
        let body = Serializer::new(String::new()).extend_pairs(form).finish();
        let request = self
            .client
            .post(url.clone())
            .header(AUTHORIZATION, basic)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(body);
        answer(request).await
    }
}

async fn answer(request: RequestBuilder) -> Result<Vec<u8>, NoAnswer> {
    let sent = request.header(ACCEPT, "application/json").send().await;
    let response = sent.map_err(|error| NoAnswer(cause(&error)))?;
    if response.status() != 200 {
        return Err(NoAnswer("it answers with another status than 200"));
    }
    body(response).await
}

async fn body(mut response: Response) -> Result<Vec<u8>, NoAnswer> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| NoAnswer(cause(&error)))? {
        if body.len() + chunk.len() > ANSWER {
            return Err(NoAnswer("its answer is larger than 256 KiB"));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// reqwest's own text holds the address, and of a form the credentials could be in it.
fn cause(error: &reqwest::Error) -> &'static str {
    if error.is_timeout() {
        "it does not answer in time"
    } else if error.is_connect() {
        "it cannot be connected to, or not over TLS that is trusted"
    } else {
        "it does not answer as HTTP requires"
    }
}
