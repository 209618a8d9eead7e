//! The way of a request, from a connection to the protocol, and of its answer back.
//!
//! One function calls all that is on the way. As layers of a router, each of them would be cloned and boxed
//! with everything behind it, for every request.

use std::fmt;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::response::Response;
use http::request::Parts;
use http::{HeaderMap, Method};
use rmcp::handler::server::ServerHandler;
use rmcp::transport::streamable_http_server::session::never::NeverSessionManager;
use rmcp::transport::streamable_http_server::{
    SessionManager, StreamableHttpServerConfig, StreamableHttpService,
};
use tower_service::Service;

use super::PATH;
use super::authenticate::{Known, authenticate};
use super::body::{Bodies, as_stream};
use super::direct::{Call, Direct};
use super::front::Front;
use super::refusal;
use super::sessions::{self, OwnedSessions, Sessions};
use crate::guarded_tools::GuardedTools;
use crate::server::callers::Door;

/// What answers requests. Cheap to clone.
#[derive(Clone)]
pub(super) struct Entrance(Arc<Inner>);

struct Inner {
    front: Front,
    door: Arc<Door>,
    bodies: Bodies,
    protocol: Protocols,
    /// Where nobody is asked who calls.
    public: Router,
}

impl Entrance {
    pub(super) fn new(
        front: Front,
        door: Arc<Door>,
        bodies: Bodies,
        protocol: Protocols,
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
            Ok(known) => self.receive(known, request).await,
            Err(refused) => refused,
        }
    }

    /// Looks at the body of a message. What is refused behind this is put into our words.
    async fn receive(&self, known: Known<'_>, mut request: Request) -> Response {
        if request.method() != Method::POST {
            known.introduce(request.extensions_mut());
            return refusal::in_our_words(self.protocol.usual.handle(request).await, &[]).await;
        }
        let (parts, body) = request.into_parts();
        let (bytes, streams) = match self.bodies.receive(&parts.headers, body).await {
            Ok(received) => received,
            Err(refusal) => return refusal.answer(),
        };
        let response = match self.protocol.direct_call(&parts.headers, &bytes) {
            Some((direct, call)) => direct.serve(call, &known).await,
            None => self.protocol.handle(&known, parts, &bytes).await,
        };
        let response = known.finish(refusal::in_our_words(response, &bytes).await);
        if streams { as_stream(response).await } else { response }
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

/// What serves messages.
pub(super) struct Protocols {
    /// Calls that need nothing of what follows.
    direct: Option<Direct>,
    usual: Box<dyn Protocol>,
    /// Without sessions, beside those, and the tools that it serves.
    #[cfg(feature = "oauth")]
    plain: Option<(Box<dyn Protocol>, GuardedTools)>,
}

impl Protocols {
    /// The call that a message is, if it can be served directly.
    fn direct_call(&self, headers: &HeaderMap, message: &[u8]) -> Option<(&Direct, Call)> {
        let direct = self.direct.as_ref()?;
        Some((direct, direct.call(headers, message)?))
    }

    async fn handle(&self, known: &Known<'_>, mut parts: Parts, message: &Bytes) -> Response {
        known.introduce(&mut parts.extensions);
        let request = Request::from_parts(parts, Body::from(message.clone()));
        self.of(known, message).handle(request).await
    }

    /// What serves this one.
    #[cfg(feature = "oauth")]
    fn of(&self, known: &Known<'_>, message: &[u8]) -> &dyn Protocol {
        match &self.plain {
            Some((plain, tools)) if known.will_step_up(tools, message) => &**plain,
            _ => &*self.usual,
        }
    }

    #[cfg(not(feature = "oauth"))]
    fn of(&self, _: &Known<'_>, _: &[u8]) -> &dyn Protocol {
        &*self.usual
    }
}

/// With sessions, each of which has an owner.
struct WithSessions<P>(P);

impl<P: Protocol> Protocol for WithSessions<P> {
    fn handle(&self, request: Request) -> Pin<Box<dyn Future<Output = Response> + Send + '_>> {
        Box::pin(sessions::of_the_caller(request, |request| self.0.handle(request)))
    }
}

/// Serves tools, each request by a handler around them. Sessions are for the older revision, and for servers
/// that want them.
///
/// `direct` if calls of the tools need not pass that handler.
pub(super) fn protocol<H: ServerHandler>(
    tools: &GuardedTools,
    direct: bool,
    wrap: impl Fn(GuardedTools) -> H + Send + Sync + 'static,
    config: StreamableHttpServerConfig,
    sessions: Option<Sessions>,
) -> Protocols {
    let direct = direct
        .then(|| Direct::new(tools.clone(), sessions.is_some(), config.cancellation_token.clone()));
    let wrap = Arc::new(wrap);
    let handler = || {
        let (wrap, tools) = (Arc::clone(&wrap), tools.clone());
        move || Ok(wrap(tools.clone()))
    };
    let plain = {
        let never = Arc::new(NeverSessionManager::default());
        let config = config.clone().with_legacy_session_mode(false);
        Box::new(StreamableHttpService::new(handler(), never, config))
    };
    let Some(limits) = sessions else {
        return Protocols {
            direct,
            usual: plain,
            #[cfg(feature = "oauth")]
            plain: None,
        };
    };
    let owned = Arc::new(OwnedSessions::new(limits));
    let config = config.with_legacy_session_mode(true);
    Protocols {
        direct,
        usual: Box::new(WithSessions(StreamableHttpService::new(handler(), owned, config))),
        #[cfg(feature = "oauth")]
        plain: Some((plain, tools.clone())),
    }
}
