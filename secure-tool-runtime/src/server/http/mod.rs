//! Serving over Streamable HTTP.
//!
//! A connection has a place among so many, and so much time for everything. Every request passes
//! `Host`, `Origin` and what proxies say, then authentication, then a look at its body, then rmcp,
//! which checks the protocol's headers and hands the call to the guards. A call that needs nothing of rmcp
//! goes to the guards directly.

mod accept;
mod authenticate;
mod body;
mod connection;
mod connections;
mod direct;
mod entrance;
mod exposure;
mod front;
mod health;
mod hosts;
mod limits;
mod notice;
mod options;
mod origins;
mod proxy;
mod reason;
mod refusal;
mod sessions;
#[cfg(all(feature = "systemd", unix))]
mod systemd;
#[cfg(feature = "tls")]
mod tls;

use std::net::SocketAddr;
use std::sync::Arc;

use axum::routing::get;
use rmcp::handler::server::ServerHandler;
use rmcp::transport::streamable_http_server::StreamableHttpServerConfig;
use secrecy::SecretString;
use tokio::net::TcpListener;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use self::accept::Acceptor;
use self::body::Bodies;
use self::connection::Serving;
pub use self::connections::Connections;
use self::entrance::{Entrance, protocol};
use self::exposure::Exposure;
use self::front::Front;
use self::health::Health;
pub use self::limits::HttpLimits;
pub(super) use self::options::Options;
use self::origins::AllowedOrigins;
pub use self::proxy::ClientAddress;
#[cfg(feature = "metrics")]
pub(crate) use self::reason::Reason;
use self::reason::Tally;
pub(crate) use self::sessions::InSession;
pub use self::sessions::Sessions;
#[cfg(feature = "tls")]
pub(super) use self::tls::SubjectName;
#[cfg(feature = "tls")]
use self::tls::TlsAcceptor;
#[cfg(feature = "tls")]
pub use self::tls::{PeerCertificate, Tls};
use super::callers::Door;
use super::{DevelopmentUsers, KnowsCallers, Parts, Server, StartError};
use crate::audit::Audit;
use crate::guarded_tools::GuardedTools;

/// Where the protocol is spoken.
const PATH: &str = "/mcp";

/// A server that listens, and serves once [`HttpServer::run`] is called.
#[derive(Debug)]
pub struct HttpServer {
    listener: TcpListener,
    address: SocketAddr,
    entrance: Entrance,
    users: Option<Arc<DevelopmentUsers>>,
    audit: Audit,
    limits: HttpLimits,
    connections: Connections,
    exposure: Arc<Exposure>,
    health: Health,
    tally: Tally,
    #[cfg(feature = "metrics")]
    metrics: Option<SocketAddr>,
    #[cfg(feature = "tls")]
    tls: Option<Arc<TlsAcceptor>>,
    /// Cancelled when the time to drain is over: ends what still runs.
    stop: CancellationToken,
}

impl<C, H: ServerHandler> Server<C, H> {
    /// Listens on an address. Port 0 lets the system choose one.
    ///
    /// Loopback needs nothing more. Elsewhere the server needs
    /// [`allowed_hosts`](Server::allowed_hosts), callers that are known in a way made for strangers,
    /// and TLS, of its own or of a proxy ([`behind_proxy`](Server::behind_proxy)).
    ///
    /// # Errors
    /// If the address is taken, something of that is missing, or the server knows nobody who could
    /// call over HTTP.
    pub async fn bind_http(self, address: SocketAddr) -> Result<HttpServer, StartError>
    where
        C: KnowsCallers,
    {
        let server = self.known().ready_for(address)?;
        let listener = TcpListener::bind(address).await.map_err(|error| taken(address, error))?;
        server.listening(listener)
    }

    /// Serves a socket that somebody else has opened and listens on. The rules are those of
    /// [`Server::bind_http`], for the address of the socket.
    ///
    /// # Errors
    /// As [`Server::bind_http`].
    ///
    /// # Panics
    /// If it is not called within a Tokio runtime.
    pub fn take_http(self, listener: std::net::TcpListener) -> Result<HttpServer, StartError>
    where
        C: KnowsCallers,
    {
        let unusable = |error| {
            StartError::new("the socket cannot be served", "pass a TCP socket that listens")
                .because(error)
        };
        listener.set_nonblocking(true).map_err(unusable)?;
        let listener = TcpListener::from_std(listener).map_err(unusable)?;
        let address = listener.local_addr().map_err(unusable)?;
        self.known().ready_for(address)?.listening(listener)
    }

    /// Serves the socket that systemd has opened for this service: a `.socket` unit with one
    /// `ListenStream=`. The rules are those of [`Server::bind_http`], for its address.
    ///
    /// # Errors
    /// As [`Server::bind_http`], and if systemd has not passed exactly one TCP socket.
    ///
    /// # Panics
    /// If it is not called within a Tokio runtime.
    #[cfg(all(feature = "systemd", unix))]
    pub fn take_systemd_http(self) -> Result<HttpServer, StartError>
    where
        C: KnowsCallers,
    {
        self.take_http(systemd::socket()?)
    }
}

impl<H: ServerHandler> Server<super::Callers, H> {
    /// Judges whether it may serve there, without listening.
    #[cfg(feature = "cli")]
    pub(super) fn would_serve(self, address: SocketAddr) -> Result<(), StartError> {
        self.ready_for(address).map(|_| ())
    }
}

/// A server that may listen on an address, and does not yet.
struct Unbound<H> {
    tools: GuardedTools,
    parts: Parts<(), H>,
    door: Arc<Door>,
    users: Option<Arc<DevelopmentUsers>>,
    exposure: Exposure,
    origins: AllowedOrigins,
    #[cfg(feature = "tls")]
    tls: Option<TlsAcceptor>,
}

impl<H: ServerHandler> Server<super::Callers, H> {
    /// Judges whether it may listen there, before it does.
    fn ready_for(self, address: SocketAddr) -> Result<Unbound<H>, StartError> {
        let (tools, parts) = self.guard()?;
        let Parts { callers, wrap, audit, max_request, options } = parts;
        let users = callers.users();
        let door = Door::open(
            callers,
            options.failed_logins,
            &tools.scopes(),
            #[cfg(feature = "redis")]
            options.shared.as_ref(),
        );
        let door = Arc::new(door?);
        let http = &options.http;
        let exposure =
            Exposure::judge(address.ip(), http, http.has_tls(), door.is_for_loopback_only())?;
        let origins = AllowedOrigins::new(&http.allowed_origins)?;
        #[cfg(feature = "tls")]
        let tls = tls(http, &door)?;
        let parts = Parts { callers: (), wrap, audit, max_request, options };
        Ok(Unbound {
            tools,
            parts,
            door,
            users,
            exposure,
            origins,
            #[cfg(feature = "tls")]
            tls,
        })
    }
}

impl<H: ServerHandler> Unbound<H> {
    fn listening(self, listener: TcpListener) -> Result<HttpServer, StartError> {
        #[cfg(feature = "tls")]
        let tls = self.tls;
        let Unbound { tools, parts, door, users, exposure, origins, .. } = self;
        let Parts { wrap, audit, max_request, options, .. } = parts;
        let address = listener.local_addr().map_err(|error| {
            StartError::new("the listener has no address", "listen on a TCP port").because(error)
        })?;
        let limits = options.http.limits.within_open_files();
        let exposure = Arc::new(exposure);
        let connections = Connections::new(&limits);
        let tally = Tally::new(&tools, &connections);
        #[cfg(feature = "metrics")]
        let metrics = tools.metrics_address();
        let health = Health::new(audit.clone());
        let stop = CancellationToken::new();
        let config = StreamableHttpServerConfig::default()
            .with_json_response(true)
            .with_max_request_body_bytes(max_request)
            // Hosts and origins are looked at before.
            .disable_allowed_hosts()
            .with_cancellation_token(stop.clone());
        let protocol = protocol(&tools, !options.wrapped, wrap, config, options.http.sessions);
        let bodies = Bodies { max: max_request, time: limits.body_time };
        let front = Front::new(Arc::clone(&exposure), origins);
        let public = authenticate::metadata(&door)
            .route("/healthz", get(health::healthz))
            .route("/readyz", get(health::readyz).with_state(health.clone()));
        let entrance = Entrance::new(front, door, bodies, protocol, public);
        Ok(HttpServer {
            listener,
            address,
            entrance,
            users,
            audit,
            limits,
            connections,
            exposure,
            health,
            tally,
            #[cfg(feature = "metrics")]
            metrics,
            #[cfg(feature = "tls")]
            tls: tls.map(Arc::new),
            stop,
        })
    }
}

impl HttpServer {
    /// Where clients connect: `http://127.0.0.1:8080/mcp`.
    #[must_use]
    pub fn url(&self) -> String {
        let scheme = if self.exposure.has_tls() { "https" } else { "http" };
        format!("{scheme}://{}{PATH}", self.address)
    }

    /// The users and their tokens, in the order of declaration: for whoever started the server.
    pub fn tokens(&self) -> impl Iterator<Item = (&str, &SecretString)> {
        self.users.iter().flat_map(|users| users.tokens())
    }

    /// Where [`metrics`](crate::metrics) are served, if they are: at `/metrics`.
    #[cfg(feature = "metrics")]
    #[must_use]
    pub fn metrics_address(&self) -> Option<SocketAddr> {
        self.metrics
    }

    /// How many connections there are, while the server runs.
    #[must_use]
    pub fn connections(&self) -> Connections {
        self.connections.clone()
    }

    /// Serves until `shutdown` is cancelled, then lets running calls end for up to
    /// [`drain_time`](HttpLimits::drain_time). Idle connections, and streams of events on which no call
    /// waits, are closed at once.
    ///
    /// # Errors
    /// None at the moment: a server that listens goes on.
    pub async fn run(self, shutdown: CancellationToken) -> Result<(), StartError> {
        let HttpServer { listener, entrance, audit, limits, connections, health, stop, .. } = self;
        if let Some(proxies) = &self.exposure.proxies {
            tracing::info!(target: "secure_tool", reason = proxies.reason, "serving behind a proxy");
        }
        let drain_time = limits.drain_time;
        let notice_time = limits.notice_time;
        #[cfg(feature = "tls")]
        let tls = self.tls;
        let acceptor = Acceptor {
            #[cfg(feature = "tls")]
            handshake_time: limits.handshake_time,
            serving: Serving::new(entrance, limits, self.tally),
            connections,
            exposure: self.exposure,
            #[cfg(feature = "tls")]
            tls: tls.clone(),
        };
        health.serving(true);
        #[cfg(all(feature = "systemd", unix))]
        systemd::ready();
        let stopped = async {
            shutdown.cancelled().await;
            health.serving(false);
            #[cfg(all(feature = "systemd", unix))]
            systemd::stopping();
            sleep(notice_time).await;
        };
        let serving = acceptor.run(listener, stopped, drain_time, || stop.cancel());
        #[cfg(feature = "tls")]
        tls::renewing(tls, serving).await;
        #[cfg(not(feature = "tls"))]
        serving.await;
        super::flush(&audit).await;
        Ok(())
    }
}

/// The certificates, if there are any, and if clients are asked for theirs where they have to be.
#[cfg(feature = "tls")]
fn tls(options: &Options, door: &Arc<Door>) -> Result<Option<TlsAcceptor>, StartError> {
    let asks = options.tls.as_ref().is_some_and(Tls::asks_for_certificates);
    if door.needs_client_certificates() && !asks {
        return Err(StartError::new(
            "callers are known by their certificates, and clients are not asked for any",
            "say whose certificates count: `.tls(Tls::files(…).client_certificates(\"authorities.pem\"))`",
        ));
    }
    options.tls.clone().map(|tls| TlsAcceptor::open(tls, door)).transpose()
}

fn taken(address: SocketAddr, error: std::io::Error) -> StartError {
    StartError::new(
        format!("cannot listen on {address}"),
        "stop what listens there, or choose another port; port 0 takes any that is free",
    )
    .because(error)
}
