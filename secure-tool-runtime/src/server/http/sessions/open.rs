//! The requests of sessions that have no answer yet.
//!
//! An identifier must not be used twice in a session (MCP, “Requests”). rmcp takes the second one for the
//! first, and keeps what belongs to the first for good: so there is none here, and no more than so many at
//! the same time.

use std::collections::hash_map::RandomState;
use std::collections::{HashMap, HashSet};
use std::hash::BuildHasher;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};

use futures_util::{Stream, StreamExt};
use rmcp::model::{RequestId, ServerJsonRpcMessage};
use rmcp::transport::common::server_side_http::ServerSseMessage;
use rmcp::transport::streamable_http_server::SessionId;

/// Requests of one session at the same time.
const MOST: usize = 64;

/// What is open, of all sessions.
#[derive(Default)]
pub(super) struct OpenRequests {
    sessions: Mutex<HashMap<SessionId, HashSet<u64>>>,
    /// Identifiers are as long as their clients like: kept are their hashes.
    hashes: RandomState,
}

impl OpenRequests {
    /// Opens a request. None if there is one of that name, or there are too many.
    pub(super) fn open(self: &Arc<Self>, session: &SessionId, id: &RequestId) -> Option<Open> {
        let hash = self.hashes.hash_one(id);
        let mut sessions = self.lock();
        let open = sessions.entry(session.clone()).or_default();
        let free = open.len() < MOST && open.insert(hash);
        let (requests, session, id) = (Arc::clone(self), session.clone(), id.clone());
        free.then(|| Open { requests, session, id, sent: false })
    }

    /// It has its answer, or the client has withdrawn it.
    pub(super) fn close(&self, session: &SessionId, id: &RequestId) {
        if let Some(open) = self.lock().get_mut(session) {
            open.remove(&self.hashes.hash_one(id));
        }
    }

    /// The session is over.
    pub(super) fn end(&self, session: &SessionId) {
        self.lock().remove(session);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<SessionId, HashSet<u64>>> {
        // Nothing in there can be half-done.
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request that is about to be sent. Dropped before it is, it is open no more.
pub(super) struct Open {
    requests: Arc<OpenRequests>,
    session: SessionId,
    id: RequestId,
    sent: bool,
}

impl Open {
    /// It was sent, and is open until its answer has been seen in there.
    pub(super) fn sent<S: Messages>(mut self, stream: S) -> Watched<S> {
        self.sent = true;
        let (requests, session) = (Arc::clone(&self.requests), self.session.clone());
        Watched { stream: Some(stream), requests, session, waits: true }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        if !self.sent {
            self.requests.close(&self.session, &self.id);
        }
    }
}

/// What rmcp sends.
pub(super) trait Messages: Stream<Item = ServerSseMessage> + Send + Unpin + 'static {}

impl<S: Stream<Item = ServerSseMessage> + Send + Unpin + 'static> Messages for S {}

/// The messages for a client, among which answers are seen.
///
/// If the client does not listen until there is one, somebody else does.
pub(super) struct Watched<S: Messages> {
    stream: Option<S>,
    requests: Arc<OpenRequests>,
    session: SessionId,
    /// An answer is still to come.
    waits: bool,
}

impl<S: Messages> Watched<S> {
    /// A stream that is taken up again.
    pub(super) fn again(stream: S, requests: &Arc<OpenRequests>, session: &SessionId) -> Self {
        let (requests, session) = (Arc::clone(requests), session.clone());
        Watched { stream: Some(stream), requests, session, waits: false }
    }

    fn see(&mut self, message: &ServerSseMessage) {
        let id = match message.message.as_deref() {
            Some(ServerJsonRpcMessage::Response(response)) => Some(&response.id),
            Some(ServerJsonRpcMessage::Error(error)) => error.id.as_ref(),
            _ => None,
        };
        if let Some(id) = id {
            self.requests.close(&self.session, id);
            self.waits = false;
        }
    }
}

impl<S: Messages> Stream for Watched<S> {
    type Item = ServerSseMessage;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Some(stream) = &mut self.stream else { return Poll::Ready(None) };
        let message = ready!(stream.poll_next_unpin(context));
        match &message {
            Some(message) => self.see(message),
            None => self.stream = None,
        }
        Poll::Ready(message)
    }
}

impl<S: Messages> Drop for Watched<S> {
    fn drop(&mut self) {
        let Some(stream) = self.stream.take().filter(|_| self.waits) else { return };
        // Without a runtime there is no session.
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        let mut rest = Watched::again(stream, &self.requests, &self.session);
        runtime.spawn(async move { while rest.next().await.is_some() {} });
    }
}

#[cfg(test)]
mod tests {
    use rmcp::model::{ErrorData, JsonRpcMessage};

    use super::*;

    fn answer(id: i64) -> ServerSseMessage {
        let error = ErrorData::internal_error("", None);
        ServerSseMessage::from_message(JsonRpcMessage::error(error, Some(RequestId::Number(id))))
    }

    fn open(requests: &Arc<OpenRequests>, session: &str, id: i64) -> Option<Open> {
        requests.open(&session.into(), &RequestId::Number(id))
    }

    #[tokio::test]
    async fn a_name_is_free_again_once_it_has_its_answer() {
        let requests = Arc::default();
        let stream = open(&requests, "a", 1).unwrap().sent(futures_util::stream::iter([answer(1)]));
        assert!(open(&requests, "a", 1).is_none(), "it is open");
        assert!(open(&requests, "b", 1).is_some(), "another session");
        assert_eq!(stream.count().await, 1);
        assert!(open(&requests, "a", 1).is_some());
        assert!(open(&requests, "a", 1).is_some(), "the one before was not sent");
    }

    #[tokio::test]
    async fn an_answer_that_nobody_listens_for_is_seen_all_the_same() {
        let requests = Arc::default();
        let (sender, receiver) = tokio::sync::oneshot::channel();
        let answers = Box::pin(futures_util::stream::once(async { receiver.await.unwrap() }));
        drop(open(&requests, "a", 1).unwrap().sent(answers));
        assert!(open(&requests, "a", 1).is_none(), "it still runs");
        assert!(sender.send(answer(1)).is_ok());
        while open(&requests, "a", 1).is_none() {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn a_session_has_so_many_and_no_more_however_streams_end() {
        let requests: Arc<OpenRequests> = Arc::default();
        for id in 0..1000 {
            let Some(open) = open(&requests, "a", id) else { continue };
            // Taken up by another stream: this one ends without an answer.
            assert_eq!(open.sent(futures_util::stream::iter([])).count().await, 0);
        }
        assert_eq!(requests.lock()["a"].len(), MOST);
        let again = futures_util::stream::iter([answer(7)]);
        assert_eq!(Watched::again(again, &requests, &"a".into()).count().await, 1);
        assert!(open(&requests, "a", 7).is_some());
        requests.end(&"a".into());
        assert!(requests.lock().is_empty());
    }
}
