//! The way of a request, from a connection to the protocol, and of its answer back.
//!
//! One function calls all that is on the way. As layers of a router, each of them would be cloned and boxed
//! with everything behind it, for every request.

use std::fmt;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use http::Method;
use rmcp::handler::server::ServerHandler;
use rmcp::transport::streamable_http_server::session::never::NeverSessionManager;
use rmcp::transport::streamable_http_server::{
    SessionManager, StreamableHttpServerConfig, StreamableHttpService,
};
use tower_service::Service;

use super::PATH;
use super::authenticate::authenticate;
use super::body::Bodies;
use super::front::Front;
use super::refusal;
use super::sessions::{self, OwnedSessions, Sessions};
use crate::server::callers::Door;

/// What answers requests. Cheap to clone.
#[derive(Clone)]
pub(super) struct Entrance(Arc<Inner>);

struct Inner {
    front: Front,
    door: Arc<Door>,
    bodies: Bodies,
    protocol: Box<dyn Protocol>,
    /// Where nobody is asked who calls.
    public: Router,
}

impl Entrance {
    pub(super) fn new(
        front: Front,
        door: Arc<Door>,
        bodies: Bodies,
        protocol: Box<dyn Protocol>,
        public: Router,
    ) -> Self {
        Entrance(Arc::new(Inner { front, door, bodies, protocol, public }))
    }

    /// Answers a request that comes from there.
    pub(super) async fn answer(self, peer: IpAddr, request: Request) -> Response {
        let inner = &*self.0;
        let asker = inner.front.asker(&request);
        let mut response = match inner.front.judge(peer, asker, &request) {
            Ok(client) => inner.serve(client, request).await,
            Err(stop) => inner.front.refuse(stop),
        };
        inner.front.finish(asker, response.headers_mut());
        response
    }
}

impl Inner {
    async fn serve(&self, client: IpAddr, mut request: Request) -> Response {
        if request.uri().path() != PATH {
            let Ok(response) = self.public.clone().call(request).await;
            return response;
        }
        match authenticate(&self.door, client, &mut request).await {
            Ok(known) => known.finish(self.receive(request).await),
            Err(refused) => refused,
        }
    }

    /// Looks at the body of a message. What is refused behind this is put into our words.
    async fn receive(&self, request: Request) -> Response {
        if request.method() != Method::POST {
            return refusal::in_our_words(self.protocol.handle(request).await, &[]).await;
        }
        let (parts, body) = request.into_parts();
        let bytes = match self.bodies.receive(&parts.headers, body).await {
            Ok(bytes) => bytes,
            Err(refusal) => return refusal.answer(),
        };
        let request = Request::from_parts(parts, Body::from(bytes.clone()));
        refusal::in_our_words(self.protocol.handle(request).await, &bytes).await
    }
}

impl fmt::Debug for Entrance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entrance").field("door", &self.0.door).finish_non_exhaustive()
    }
}

/// rmcp's side, whatever its types.
pub(super) trait Protocol: Send + Sync {
    fn handle(&self, request: Request) -> Pin<Box<dyn Future<Output = Response> + Send + '_>>;
}

impl<H: ServerHandler, M: SessionManager> Protocol for StreamableHttpService<H, M> {
    fn handle(&self, request: Request) -> Pin<Box<dyn Future<Output = Response> + Send + '_>> {
        Box::pin(async move { self.handle(request).await.map(Body::new) })
    }
}

/// With sessions, each of which has an owner.
struct WithSessions<P>(P);

impl<P: Protocol> Protocol for WithSessions<P> {
    fn handle(&self, request: Request) -> Pin<Box<dyn Future<Output = Response> + Send + '_>> {
        Box::pin(sessions::of_the_caller(request, |request| self.0.handle(request)))
    }
}

/// Sessions are for the older revision, and for servers that want them.
pub(super) fn protocol<H: ServerHandler>(
    handler: impl Fn() -> std::io::Result<H> + Send + Sync + 'static,
    config: StreamableHttpServerConfig,
    sessions: Option<Sessions>,
) -> Box<dyn Protocol> {
    let Some(limits) = sessions else {
        let never = Arc::new(NeverSessionManager::default());
        let config = config.with_legacy_session_mode(false);
        return Box::new(StreamableHttpService::new(handler, never, config));
    };
    let owned = Arc::new(OwnedSessions::new(limits));
    let config = config.with_legacy_session_mode(true);
    Box::new(WithSessions(StreamableHttpService::new(handler, owned, config)))
}
