//! One connection, from its acceptance to its end.

mod activity;
mod listening;
mod service;
mod stream;

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch;
use tokio::time::sleep_until;

use self::activity::{Activity, Verdict, Watch};
use self::service::ConnectionService;
pub(super) use self::service::Peer;
use self::stream::Watched;
use super::entrance::Entrance;
use super::limits::HttpLimits;
use super::reason::Tally;

/// How long a client may take to hear that its idle connection ends.
const GOODBYE: Duration = Duration::from_secs(1);

/// What a server is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    Serving,
    /// Calls may end; no new ones are taken.
    Draining,
    /// The time to drain is over.
    Over,
}

/// How connections are served.
#[derive(Debug)]
pub(super) struct Serving {
    entrance: Entrance,
    limits: HttpLimits,
    /// Speaks HTTP/1.1 or HTTP/2, whichever the first bytes say.
    builder: Builder<TokioExecutor>,
    tally: Tally,
}

impl Serving {
    pub(super) fn new(entrance: Entrance, limits: HttpLimits, tally: Tally) -> Arc<Self> {
        Arc::new(Serving { entrance, builder: builder(&limits), limits, tally })
    }

    /// Serves a connection until the client leaves, is too slow or idle, or the server stops.
    pub(super) async fn connection<S>(
        &self,
        stream: S,
        peer: Peer,
        mut phase: watch::Receiver<Phase>,
    ) where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let activity = Activity::new();
        let stream = TokioIo::new(Watched::new(stream, Arc::clone(&activity)));
        let entrance = self.entrance.clone();
        let service = ConnectionService {
            entrance,
            peer,
            activity: Arc::clone(&activity),
            phase: phase.clone(),
            tally: self.tally.clone(),
        };
        let mut connection = pin!(self.builder.serve_connection(stream, service));
        let mut watch = Watch::new(&self.limits);
        let mut alarm = pin!(sleep_until(watch.first()));
        let mut said_goodbye = false;
        loop {
            tokio::select! {
                biased;
                ended = connection.as_mut() => {
                    if let Err(error) = ended {
                        // Not the error itself: it may repeat what the client sent.
                        let _ = error;
                        tracing::debug!(target: "secure_tool", "a connection ended with an error");
                    }
                    return;
                }
                () = alarm.as_mut() => match watch.judge(&activity) {
                    Verdict::Fine(next) => {
                        alarm.as_mut().reset(next);
                        continue;
                    }
                    Verdict::Idle if !said_goodbye => {}
                    Verdict::Idle => return,
                    Verdict::Slow(what) => {
                        tracing::debug!(target: "secure_tool", "a client takes too long: {what}");
                        return;
                    }
                },
                changed = phase.changed() => {
                    // Without a sender the server is gone.
                    if changed.is_err() || *phase.borrow() == Phase::Over {
                        return;
                    }
                }
            }
            // Over HTTP/1 an idle connection is closed by this, over HTTP/2 its client is told.
            connection.as_mut().graceful_shutdown();
            said_goodbye = true;
            watch.say_goodbye(GOODBYE);
            alarm.as_mut().reset(watch.first());
        }
    }
}

/// hyper refuses a smaller buffer.
const LEAST_BUFFER: usize = 8 << 10;

fn builder(limits: &HttpLimits) -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    let header_list = u32::try_from(limits.header_size).unwrap_or(u32::MAX);
    builder
        .http1()
        // Ours is the watch, which tells idle connections from slow heads.
        .header_read_timeout(None)
        .max_buf_size(limits.header_size.max(LEAST_BUFFER))
        .max_headers(limits.headers)
        // A client that closes its half has gone: its call is cancelled.
        .half_close(false)
        .timer(TokioTimer::new());
    builder
        .http2()
        .max_concurrent_streams(limits.streams)
        .max_header_list_size(header_list)
        .max_pending_accept_reset_streams(limits.resets)
        .max_local_error_reset_streams(limits.resets)
        .timer(TokioTimer::new());
    builder
}
