//! Sessions of the revision 2025-11-25, for servers that ask their clients back.
//!
//! An identifier has 256 bits from the operating system, belongs to the principal that opened it, and
//! does not exist for any other; possession is not authentication (checklist, “Session IDs are
//! cryptographically secure”; MCP, “Session Hijacking”). A principal has few of them at a time, and
//! an idle one ends.

mod open;

use std::collections::HashMap;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use futures_util::Stream;
use rmcp::model::{ClientJsonRpcMessage, ClientNotification, GetExtensions, ServerJsonRpcMessage};
use rmcp::transport::WorkerTransport;
use rmcp::transport::common::server_side_http::ServerSseMessage;
use rmcp::transport::streamable_http_server::SessionId;
use rmcp::transport::streamable_http_server::session::SessionManager;
use rmcp::transport::streamable_http_server::session::local::{
    LocalSessionManager, LocalSessionManagerError, LocalSessionWorker, create_local_session,
};

use self::open::{OpenRequests, Watched};
use crate::caller::Caller;
use crate::manifest::hex;

/// Sessions of the revision 2025-11-25 over HTTP, in which a server can ask its client back.
///
/// Without them ([`Server::sessions`](crate::Server::sessions)), clients of that revision are served
/// request by request, faster and by any instance, but [`Context::confirm`](crate::Context::confirm)
/// refuses them. Clients of the revision 2026-07-28 need no session to be asked.
#[derive(Debug, Clone, Copy)]
pub struct Sessions {
    per_principal: usize,
    in_total: usize,
    idle: Duration,
}

impl Sessions {
    /// The most of one principal at a time; 16 by default.
    #[must_use]
    pub fn per_principal(self, most: usize) -> Self {
        Sessions { per_principal: most, ..self }
    }

    /// The most of all principals at a time; 1 024 by default. Each has a task of its own.
    #[must_use]
    pub fn in_total(self, most: usize) -> Self {
        Sessions { in_total: most, ..self }
    }

    /// How long one may be idle; five minutes by default.
    #[must_use]
    pub fn idle(self, time: Duration) -> Self {
        Sessions { idle: time, ..self }
    }
}

impl Default for Sessions {
    fn default() -> Self {
        Sessions { per_principal: 16, in_total: 1024, idle: Duration::from_secs(300) }
    }
}

tokio::task_local! {
    /// Who sends the request that this task answers.
    static VISIT: Arc<Visit>;
}

struct Visit {
    subject: Arc<str>,
    /// Why it is refused, if it is.
    refused: AtomicU8,
}

/// A session was wanted, and there are as many as may be.
const SESSIONS: u8 = 1;
/// A request has the name of one that has no answer yet, or there are too many of those.
const REQUESTS: u8 = 2;

impl Visit {
    fn refuse(&self, why: u8) {
        self.refused.store(why, Ordering::Relaxed);
    }

    fn refusal(&self) -> Option<Response> {
        let text = match self.refused.load(Ordering::Relaxed) {
            SESSIONS => "too many sessions are open: end one, or wait until an idle one ends\n",
            REQUESTS => {
                "a request of this id has no answer yet, or too many have none: each needs an id of its own\n"
            }
            _ => return None,
        };
        Some((StatusCode::TOO_MANY_REQUESTS, text).into_response())
    }
}

/// A request came in a session: its client can be asked while it is served.
#[derive(Debug, Clone, Copy)]
pub(crate) struct InSession;

/// Tells the sessions who asks.
pub(super) async fn of_the_caller<F: Future<Output = Response>>(
    request: Request,
    next: impl FnOnce(Request) -> F,
) -> Response {
    let Some(caller) = request.extensions().get::<Caller>() else {
        return StatusCode::UNAUTHORIZED.into_response();
    };
    let subject = caller.subject().shared();
    let visit = Arc::new(Visit { subject, refused: AtomicU8::new(0) });
    let response = VISIT.scope(Arc::clone(&visit), next(request)).await;
    visit.refusal().unwrap_or(response)
}

/// rmcp's sessions, each with its owner.
pub(super) struct OwnedSessions {
    limits: Sessions,
    inner: LocalSessionManager,
    owners: Mutex<HashMap<SessionId, Arc<str>>>,
    requests: Arc<OpenRequests>,
}

impl OwnedSessions {
    pub(super) fn new(limits: Sessions) -> Self {
        let mut inner = LocalSessionManager::default();
        inner.session_config.keep_alive = Some(limits.idle);
        OwnedSessions { limits, inner, owners: Mutex::default(), requests: Arc::default() }
    }

    fn owners(&self) -> MutexGuard<'_, HashMap<SessionId, Arc<str>>> {
        // Nothing in there can be half-done.
        self.owners.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives the new session to whoever asks for it, if there may be another one.
    fn take(&self, id: &SessionId) -> Result<(), LocalSessionManagerError> {
        let taken = VISIT.try_with(|visit| {
            let mut owners = self.owners();
            let own = owners.values().filter(|owner| **owner == visit.subject).count();
            let room = own < self.limits.per_principal && owners.len() < self.limits.in_total;
            if room {
                owners.insert(id.clone(), Arc::clone(&visit.subject));
            }
            if !room {
                visit.refuse(SESSIONS);
            }
            room
        });
        match taken {
            Ok(true) => Ok(()),
            // Without a visitor it would be nobody's.
            _ => Err(LocalSessionManagerError::SessionNotFound(id.clone())),
        }
    }

    /// What is somebody else's does not exist.
    fn own(&self, id: &SessionId) -> Result<(), LocalSessionManagerError> {
        let is_own =
            |visit: &Arc<Visit>| self.owners().get(id).is_some_and(|owner| *owner == visit.subject);
        match VISIT.try_with(is_own) {
            Ok(true) => Ok(()),
            _ => Err(LocalSessionManagerError::SessionNotFound(id.clone())),
        }
    }
}

/// 256 bits, as RFC-conforming visible ASCII.
fn new_id() -> Result<SessionId, getrandom::Error> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)?;
    Ok(hex(&bytes).into())
}

impl SessionManager for OwnedSessions {
    type Error = LocalSessionManagerError;
    type Transport = WorkerTransport<LocalSessionWorker>;

    async fn create_session(&self) -> Result<(SessionId, Self::Transport), Self::Error> {
        let id = new_id().map_err(|_| LocalSessionManagerError::SessionNotFound("".into()))?;
        let mut sessions = self.inner.sessions.write().await;
        // No wait from here on: a request that breaks off takes no place that nobody gives back.
        self.take(&id)?;
        let (handle, worker) = create_local_session(id.clone(), self.inner.session_config.clone());
        sessions.insert(id.clone(), handle);
        Ok((id, WorkerTransport::spawn(worker)))
    }

    async fn initialize_session(
        &self,
        id: &SessionId,
        message: ClientJsonRpcMessage,
    ) -> Result<ServerJsonRpcMessage, Self::Error> {
        self.own(id)?;
        self.inner.initialize_session(id, message).await
    }

    async fn has_session(&self, id: &SessionId) -> Result<bool, Self::Error> {
        Ok(self.own(id).is_ok() && self.inner.has_session(id).await?)
    }

    async fn close_session(&self, id: &SessionId) -> Result<(), Self::Error> {
        // Asked for by a visitor, or by rmcp when the session has ended by itself. To end what does
        // not exist is no error, so neither is this.
        if VISIT.try_with(|_| ()).is_ok() && self.own(id).is_err() {
            return Ok(());
        }
        self.owners().remove(id);
        self.requests.end(id);
        self.inner.close_session(id).await
    }

    async fn create_stream(
        &self,
        id: &SessionId,
        mut message: ClientJsonRpcMessage,
    ) -> Result<impl Stream<Item = ServerSseMessage> + Send + Sync + 'static, Self::Error> {
        self.own(id)?;
        let no_session = || LocalSessionManagerError::SessionNotFound(id.clone());
        let ClientJsonRpcMessage::Request(request) = &mut message else { return Err(no_session()) };
        request.request.extensions_mut().insert(InSession);
        let Some(open) = self.requests.open(id, &request.id) else {
            // Somebody visits: it is the own session.
            let _ = VISIT.try_with(|visit| visit.refuse(REQUESTS));
            return Err(no_session());
        };
        // It may have ended since, and nobody would forget what is open in it a second time.
        if self.own(id).is_err() {
            drop(open);
            self.requests.end(id);
            return Err(no_session());
        }
        Ok(open.sent(Box::pin(self.inner.create_stream(id, message).await?)))
    }

    async fn accept_message(
        &self,
        id: &SessionId,
        message: ClientJsonRpcMessage,
    ) -> Result<(), Self::Error> {
        self.own(id)?;
        if let ClientJsonRpcMessage::Notification(notification) = &message
            && let ClientNotification::CancelledNotification(cancelled) = &notification.notification
            && let Some(request) = &cancelled.params.request_id
        {
            self.requests.close(id, request);
        }
        self.inner.accept_message(id, message).await
    }

    async fn create_standalone_stream(
        &self,
        id: &SessionId,
    ) -> Result<impl Stream<Item = ServerSseMessage> + Send + Sync + 'static, Self::Error> {
        self.own(id)?;
        self.inner.create_standalone_stream(id).await
    }

    async fn resume(
        &self,
        id: &SessionId,
        last_event_id: String,
    ) -> Result<impl Stream<Item = ServerSseMessage> + Send + Sync + 'static, Self::Error> {
        self.own(id)?;
        let stream = Box::pin(self.inner.resume(id, last_event_id).await?);
        Ok(Watched::again(stream, &self.requests, id))
    }
}
