//! With a real authorization server, npm's oidc-provider, and rmcp's client.
//!
//! `npm install --prefix tests/oidc` makes these tests run; without it they say that they are skipped.

#![allow(unreachable_pub, missing_docs, clippy::unwrap_used, reason = "a test is not a library")]

mod browser;
mod issuer;
#[allow(dead_code, reason = "shared with the tests of tokens")]
#[path = "../tokens/server.rs"]
mod server;
#[path = "../support/mod.rs"]
mod support;

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use rmcp::ServiceExt;
use rmcp::model::CallToolRequestParams;
use rmcp::service::{RoleClient, RunningService, ServiceError};
use rmcp::transport::StreamableHttpClientTransport;
use rmcp::transport::auth::{
    AuthClient, AuthorizationCallback, AuthorizationManager, AuthorizationRequest, OAuthState,
};
use rmcp::transport::streamable_http_client::StreamableHttpClientTransportConfig;
use secure_tool_runtime::OAuth;

use crate::browser::browse;
use crate::issuer::Issuer;
use crate::server::TestServer;
use crate::support::{PATIENCE, bounded, text};

/// A server under an address that is its audience, so that clients can find everything by it.
async fn serve(issuer: &Issuer, options: impl FnOnce(OAuth) -> OAuth) -> (TestServer, String) {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address: SocketAddr = free.local_addr().unwrap();
    drop(free);
    let audience = format!("http://{address}/mcp");
    let oauth = OAuth::issuer(issuer.said.issuer.clone()).audience(audience.clone());
    let server = TestServer::start_at(address, options(oauth), |server| server).await.unwrap();
    (server, audience)
}

#[tokio::test]
async fn tokens_of_a_real_issuer_are_served_for_this_server_alone() {
    let Some(issuer) = Issuer::start() else { return };
    let secret = "secret-of-the-server".to_owned().into();
    let (server, audience) = serve(&issuer, |oauth| oauth.introspect("server", secret)).await;
    for format in ["rs", "es", "opaque"] {
        let token = issuer.token(&format!("{audience}?format={format}")).await;
        assert_eq!(token.contains('.'), format != "opaque");
        let answer = server.whoami(&token).await;
        assert_eq!((answer.status, answer.text().as_str()), (200, "job"), "{format}: {answer:?}");
        // The same issuer, client and scope, for another server.
        let elsewhere = issuer.token(&format!("http://127.0.0.1:9/mcp?format={format}")).await;
        assert_eq!(server.whoami(&elsewhere).await.status, 401, "{format}");
    }
    assert_eq!(server.runs.get(), 3);
}

#[tokio::test]
async fn keys_change_while_the_server_serves() {
    let Some(issuer) = Issuer::start() else { return };
    let hasty = |oauth: OAuth| {
        let (refresh, interval) = (Duration::from_millis(500), Duration::from_millis(50));
        oauth.refresh_every(refresh).min_refetch_interval(interval)
    };
    let (server, audience) = serve(&issuer, hasty).await;
    let old = issuer.token(&audience).await;
    assert_eq!(server.whoami(&old).await.status, 200);
    // The new keys come before the old ones go.
    issuer.has_keys(&["rs256-2", "es256-2", "rs256-1"]).await;
    assert_eq!(issuer.published().await.len(), 3);
    for format in ["rs", "es"] {
        let new = issuer.token(&format!("{audience}?format={format}")).await;
        until(&server, &new, 200).await;
    }
    assert_eq!(server.whoami(&old).await.status, 200);
    issuer.has_keys(&["rs256-2"]).await;
    until(&server, &old, 401).await;
    assert_eq!(server.whoami(&issuer.token(&audience).await).await.status, 200);
}

async fn until(server: &TestServer, token: &str, status: u16) {
    let end = Instant::now() + PATIENCE;
    while server.whoami(token).await.status != status {
        assert!(Instant::now() < end, "waited too long for {status}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

type Client = AuthClient<reqwest::Client>;

async fn connect(client: &Client, server: &str) -> RunningService<RoleClient, ()> {
    let config = StreamableHttpClientTransportConfig::with_uri(server.to_owned());
    let transport = StreamableHttpClientTransport::with_client(client.clone(), config);
    bounded("the handshake", ().serve(transport)).await.unwrap()
}

async fn call(
    service: &RunningService<RoleClient, ()>,
    tool: &'static str,
) -> Result<rmcp::model::CallToolResult, ServiceError> {
    bounded("an answer", service.call_tool(CallToolRequestParams::new(tool))).await
}

#[tokio::test]
async fn a_client_finds_the_issuer_and_steps_up() {
    let Some(issuer) = Issuer::start() else { return };
    let redirect = issuer.said.redirect.as_str();
    let (server, address) = serve(&issuer, |oauth| oauth.initial_scopes(["notes:read"])).await;

    // All that the client knows is the address of the server, and its own name at the issuer.
    let manager = AuthorizationManager::new_allowing_private_addresses(&address).await.unwrap();
    let mut state = OAuthState::Unauthorized(manager);
    let request = AuthorizationRequest::new(redirect)
        .with_preregistered_client("person")
        .with_initial_scope_selection();
    bounded("discovery", state.start_authorization(request)).await.unwrap();
    let asked = state.get_authorization_url().await.unwrap();
    assert!(asked.starts_with(&issuer.said.issuer), "{asked}");
    let callback = bounded("the login", browse(&asked, redirect)).await;
    state.handle_callback_url(&callback).await.unwrap();
    let manager = state.into_authorization_manager().unwrap();
    assert_eq!(
        manager.get_current_scopes().await,
        ["notes:read"],
        "what the server told to ask for"
    );

    let client = AuthClient::new(reqwest::Client::new(), manager);
    let service = connect(&client, &address).await;
    assert_eq!(text(&call(&service, "whoami").await.unwrap()), "alice");

    // Beyond its scopes: the challenge names what the tool needs.
    let refused = call(&service, "change").await.unwrap_err();
    let challenge = refused.auth_challenge().unwrap_or_else(|| panic!("{refused:?}"));
    assert!(challenge.contains("error=\"insufficient_scope\""), "{challenge}");
    assert!(challenge.contains("scope=\"notes:read notes:write\""), "{challenge}");
    assert_eq!(server.runs.get(), 1);

    // The client asks for more, alice agrees, and the same call is served.
    let asked =
        client.auth_manager.lock().await.request_scope_upgrade("notes:read notes:write").await;
    let callback = bounded("the consent", browse(&asked.unwrap(), redirect)).await;
    let callback = AuthorizationCallback::from_redirect_url(&callback).unwrap();
    let (code, state) = (&callback.code, &callback.csrf_token);
    let manager = client.auth_manager.lock().await;
    manager
        .exchange_code_for_token_with_issuer(code, state, callback.issuer.as_deref())
        .await
        .unwrap();
    drop(manager);
    let served = call(&service, "change").await.unwrap();
    assert_eq!(served.is_error, Some(false), "{served:?}");
    assert_eq!(server.runs.get(), 2);
    assert_eq!(server.reasons(3).await, ["ok", "forbidden", "ok"]);
}
