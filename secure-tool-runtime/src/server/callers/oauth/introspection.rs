//! Opaque tokens: the issuer is asked what they are (RFC 7662).

use std::sync::Arc;
use std::time::SystemTime;

use serde_json::{Map, Value};
use tokio::sync::Semaphore;

use super::claims::{self, Grant};
use super::config::Config;
use super::fetch::NoAnswer;
use super::json;
use super::keys::Keys;
use super::refusal::{Failed, Invalid};

/// Tokens that are asked about at the same time. The others wait, for as long as each of these may take.
const AT_ONCE: usize = 16;

/// Asks about tokens.
#[derive(Debug)]
pub(super) struct Introspection {
    config: Arc<Config>,
    places: Semaphore,
}

impl Introspection {
    pub(super) fn new(config: Arc<Config>) -> Self {
        Introspection { config, places: Semaphore::new(AT_ONCE) }
    }

    /// Waits for a place to ask from.
    pub(super) async fn place(&self) -> impl Drop + '_ {
        self.places.acquire().await.expect("it is never closed")
    }

    /// What the issuer says of a token.
    pub(super) async fn ask(&self, keys: &Keys, token: &str) -> Result<Grant, Failed> {
        let (client, secret) = self.config.client.as_ref().expect("introspection has a client");
        let address = keys.introspection().await?;
        let form = [("token", token), ("token_type_hint", "access_token")];
        let answer = keys.issuer().post(&address, (client, secret), &form).await;
        let answer = answer.and_then(|answer| {
            json::object(&answer).ok_or(NoAnswer("its answer is not valid JSON"))
        });
        match answer {
            Ok(answer) => self.read(&answer),
            Err(NoAnswer(cause)) => {
                let issuer = self.config.issuer.as_str();
                tracing::error!(target: "secure_tool", issuer, cause, "a token cannot be introspected");
                Err(Failed::Unavailable(self.config.keys.interval))
            }
        }
    }

    fn read(&self, answer: &Map<String, Value>) -> Result<Grant, Failed> {
        if answer.get("active") != Some(&Value::Bool(true)) {
            return Err(Invalid("active").into());
        }
        let text = |name| answer.get(name).map(|value| value.as_str().unwrap_or_default());
        if text("iss").is_some_and(|issuer| issuer != self.config.issuer) {
            return Err(Invalid("iss").into());
        }
        if text("token_type").is_some_and(|kind| !kind.eq_ignore_ascii_case("bearer")) {
            return Err(Invalid("token_type").into());
        }
        claims::of_token(answer, &self.config, SystemTime::now())
    }
}
