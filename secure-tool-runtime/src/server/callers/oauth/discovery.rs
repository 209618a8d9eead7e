//! Where an issuer has its keys: from its metadata (RFC 8414; OpenID Connect Discovery 1.0).

use serde_json::Value;
use url::Url;

use super::config::Config;
use super::fetch::{Issuer, NoAnswer};
use super::json;

/// What an issuer says about itself.
#[derive(Debug, Clone)]
pub(super) struct Metadata {
    pub(super) keys: Option<Url>,
    pub(super) introspection: Option<Url>,
}

/// Asks at each of the places where the metadata may be, until one has it.
pub(super) async fn discover(issuer: &Issuer, config: &Config) -> Result<Metadata, NoAnswer> {
    let mut failed = NoAnswer("it has no metadata");
    for place in places(&config.issuer_url) {
        match issuer.get(&place).await {
            Ok(document) => match read(issuer, config, &document) {
                Ok(metadata) => return Ok(metadata),
                Err(error) => failed = error,
            },
            Err(error) => failed = error,
        }
    }
    Err(failed)
}

/// RFC 8414 §3 puts the well-known name before the path of the issuer, OpenID Connect behind it, and MCP
/// asks for both.
fn places(issuer: &Url) -> Vec<Url> {
    const OAUTH: &str = "/.well-known/oauth-authorization-server";
    const OPENID: &str = "/.well-known/openid-configuration";
    let path = issuer.path().trim_end_matches('/');
    let mut paths = vec![format!("{OAUTH}{path}"), format!("{OPENID}{path}")];
    if !path.is_empty() {
        paths.push(format!("{path}{OPENID}"));
    }
    let place = |path: String| {
        let mut url = issuer.clone();
        url.set_path(&path);
        url
    };
    paths.into_iter().map(place).collect()
}

fn read(issuer: &Issuer, config: &Config, document: &[u8]) -> Result<Metadata, NoAnswer> {
    let document = json::object(document).ok_or(NoAnswer("its metadata is not valid JSON"))?;
    let text = |name| document.get(name).and_then(Value::as_str);
    // RFC 8414 §3.3: else one issuer could pass for another.
    if text("issuer") != Some(config.issuer.as_str()) {
        return Err(NoAnswer(
            "its metadata names another issuer: write that one, letter by letter",
        ));
    }
    let address = |name| match text(name) {
        Some(url) => issuer
            .address(url)
            .map(Some)
            .ok_or(NoAnswer("its metadata names an address that is not https")),
        None => Ok(None),
    };
    Ok(Metadata { keys: address("jwks_uri")?, introspection: address("introspection_endpoint")? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_spellings_are_asked_for() {
        let places = |issuer: &str| -> Vec<String> {
            places(&Url::parse(issuer).unwrap()).iter().map(Url::to_string).collect()
        };
        assert_eq!(
            places("https://a.example/"),
            [
                "https://a.example/.well-known/oauth-authorization-server",
                "https://a.example/.well-known/openid-configuration",
            ]
        );
        assert_eq!(
            places("https://a.example/tenant/"),
            [
                "https://a.example/.well-known/oauth-authorization-server/tenant",
                "https://a.example/.well-known/openid-configuration/tenant",
                "https://a.example/tenant/.well-known/openid-configuration",
            ]
        );
    }
}
