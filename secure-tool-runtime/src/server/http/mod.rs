//! Serving over Streamable HTTP on loopback.
//!
//! Every request passes `Host` and `Origin`, then authentication, then rmcp, which checks the
//! protocol's headers and hands the call to the guards.

mod authenticate;
mod origin;
mod refusal;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::get;
use axum::serve::ListenerExt;
use rmcp::handler::server::ServerHandler;
use rmcp::transport::streamable_http_server::session::never::NeverSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use secrecy::SecretString;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use self::origin::AllowedOrigins;
use super::callers::Door;
use super::{DevelopmentUsers, KnowsCallers, Parts, Server, StartError};
use crate::audit::Audit;
use crate::guarded_tools::GuardedTools;

/// Where the protocol is spoken.
const PATH: &str = "/mcp";

/// How long calls may go on after the server was asked to stop.
const DRAIN: Duration = Duration::from_secs(10);

/// A server that listens, and serves once [`HttpServer::run`] is called.
#[derive(Debug)]
pub struct HttpServer {
    listener: TcpListener,
    address: SocketAddr,
    router: Router,
    users: Option<Arc<DevelopmentUsers>>,
    audit: Audit,
    /// Cancelled when the time to drain is over: ends what still runs.
    stop: CancellationToken,
}

impl<C, H: ServerHandler> Server<C, H> {
    /// Listens on a loopback address. Port 0 lets the system choose one.
    ///
    /// # Errors
    /// If the address is not a loopback address, is taken, or the server knows no users who could
    /// call over HTTP.
    pub async fn bind_http(self, address: SocketAddr) -> Result<HttpServer, StartError>
    where
        C: KnowsCallers,
    {
        on_loopback(address.ip())?;
        let (tools, parts) = self.known().guard()?;
        let listener = TcpListener::bind(address).await.map_err(|error| taken(address, error))?;
        let address = listener.local_addr().map_err(|error| taken(address, error))?;
        let Parts { callers, wrap, audit, options } = parts;
        let users = callers.users();
        let door = Arc::new(Door::open(callers, options.failed_logins, &tools.scopes())?);
        door.may_listen_on(address)?;
        let origins = AllowedOrigins::new(&options.allowed_origins)?;
        let stop = CancellationToken::new();
        let config = StreamableHttpServerConfig::default()
            .with_legacy_session_mode(false)
            .with_json_response(true)
            .with_max_request_body_bytes(options.max_request)
            .with_cancellation_token(stop.clone());
        let service = StreamableHttpService::new(
            move || Ok(wrap(GuardedTools::clone(&tools))),
            Arc::new(NeverSessionManager::default()),
            config,
        );
        let router = Router::new()
            .route_service(PATH, service)
            .layer(from_fn(refusal::in_our_words))
            .layer(from_fn_with_state(Arc::clone(&door), authenticate::authenticate))
            .merge(authenticate::metadata(&door))
            .route("/healthz", get(|| async { "ok" }))
            .layer(from_fn_with_state(Arc::new(origins), origin::check))
            .layer(from_fn(origin::harden));
        Ok(HttpServer { listener, address, router, users, audit, stop })
    }
}

impl HttpServer {
    /// Where clients connect: `http://127.0.0.1:8080/mcp`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}{PATH}", self.address)
    }

    /// The users and their tokens, in the order of declaration: for whoever started the server.
    pub fn tokens(&self) -> impl Iterator<Item = (&str, &SecretString)> {
        self.users.iter().flat_map(|users| users.tokens())
    }

    /// Serves until `shutdown` is cancelled, then lets running calls end for up to ten seconds.
    ///
    /// # Errors
    /// If the listener fails.
    pub async fn run(self, shutdown: CancellationToken) -> Result<(), StartError> {
        let HttpServer { listener, router, audit, stop, .. } = self;
        // Without it, small answers wait for the client's delayed acknowledgement.
        let listener = listener.tap_io(|stream| {
            if let Err(error) = stream.set_nodelay(true) {
                tracing::debug!(%error, "TCP_NODELAY cannot be set");
            }
        });
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        let serving = axum::serve(listener, service)
            .with_graceful_shutdown(shutdown.clone().cancelled_owned());
        let drained = async {
            shutdown.cancelled().await;
            tokio::time::sleep(DRAIN).await;
        };
        let ended = tokio::select! {
            ended = async { serving.await } => ended,
            () = drained => Ok(()),
        };
        stop.cancel();
        super::flush(&audit).await;
        ended.map_err(|error| {
            StartError::new("the listener failed", "look at the cause").because(error)
        })
    }
}

fn on_loopback(address: IpAddr) -> Result<(), StartError> {
    if address.is_loopback() {
        return Ok(());
    }
    Err(StartError::new(
        format!(
            "{address} is not a loopback address, and development tokens are for loopback only"
        ),
        "listen on 127.0.0.1 or [::1]",
    ))
}

fn taken(address: SocketAddr, error: std::io::Error) -> StartError {
    StartError::new(
        format!("cannot listen on {address}"),
        "stop what listens there, or choose another port; port 0 takes any that is free",
    )
    .because(error)
}
