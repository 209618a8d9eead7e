//! The connection to Redis, and what is done without one.
//!
//! Not the `ConnectionManager` of the crate: it takes a server that accepts and never answers for one
//! that will, and keeps its connection for ever.

use std::fmt;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, RedisError, RedisResult, Script};
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout, timeout_at};

use crate::shared::Outage;

/// Failures in a row after which a connection is given up. One alone may be chance.
const PATIENCE: u32 = 3;

/// How long connecting may take, greeting and loading of the script included.
const CONNECT: Duration = Duration::from_secs(1);

/// The time between two attempts to connect: it doubles from the first to the second.
const PAUSES: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(1));

/// Requests that wait to be sent before further ones have to wait for room.
const QUEUE: usize = 1024;

/// The longest cause that is logged, in characters.
const CAUSE: usize = 200;

pub(super) struct Link {
    client: Client,
    gcra: Script,
    wait: Duration,
    state: watch::Sender<State>,
    /// In a row.
    failures: AtomicU32,
}

enum State {
    Unused,
    /// A task is connecting.
    Down {
        since: Instant,
    },
    Up {
        connection: MultiplexedConnection,
        /// Tells connections apart.
        number: u64,
        since: Instant,
    },
}

impl Link {
    pub(super) fn new(client: Client, gcra: Script, wait: Duration) -> Self {
        let state = watch::Sender::new(State::Unused);
        Link { client, gcra, wait, state, failures: AtomicU32::new(0) }
    }

    /// Asks the server, and waits no longer than allowed.
    pub(super) async fn ask<T>(
        self: &Arc<Self>,
        question: impl AsyncFnOnce(MultiplexedConnection) -> RedisResult<T>,
    ) -> Result<T, Outage> {
        let until = Instant::now() + self.wait;
        let (connection, number) = self.connection(until).await?;
        let (fatal, cause) = match timeout_at(until, question(connection)).await {
            Ok(Ok(answer)) => {
                self.failures.store(0, Ordering::Relaxed);
                return Ok(answer);
            }
            Ok(Err(error)) => (error.is_unrecoverable_error(), cause(&error)),
            Err(_) => (false, format!("no answer within {:?}", self.wait)),
        };
        if fatal || self.failures.fetch_add(1, Ordering::Relaxed) + 1 >= PATIENCE {
            self.give_up(number, &cause);
        }
        Err(Outage::new(cause))
    }

    /// The connection. While there is none, callers wait for one only in the first moment, so that an
    /// outage does not cost each call the whole wait.
    async fn connection(
        self: &Arc<Self>,
        until: Instant,
    ) -> Result<(MultiplexedConnection, u64), Outage> {
        let mut state = self.state.subscribe();
        self.go_down(|state| matches!(state, State::Unused).then_some(Duration::ZERO));
        let until = match &*state.borrow_and_update() {
            State::Up { connection, number, .. } => return Ok((connection.clone(), *number)),
            State::Down { since } => until.min(*since + self.wait),
            State::Unused => until,
        };
        let up = state.wait_for(|state| matches!(state, State::Up { .. }));
        match timeout_at(until, up).await {
            Ok(Ok(state)) => match &*state {
                State::Up { connection, number, .. } => Ok((connection.clone(), *number)),
                _ => Err(Outage::new("not connected")),
            },
            _ => Err(Outage::new("not connected")),
        }
    }

    /// Closes a connection, unless somebody else has.
    fn give_up(self: &Arc<Self>, failed: u64, cause: &str) {
        let closed = self.go_down(|state| match state {
            State::Up { number, since, .. } if *number == failed => {
                // One that did not last would not do so the next time, either.
                Some(if since.elapsed() < PAUSES.1 { PAUSES.1 } else { Duration::ZERO })
            }
            _ => None,
        });
        if closed {
            tracing::error!(target: "secure_tool", cause, "the shared state is out of reach");
        }
    }

    /// Connects anew after a pause, if there is to be one. Calls that were sent on the connection
    /// before have their answers still.
    fn go_down(self: &Arc<Self>, pause: impl Fn(&State) -> Option<Duration>) -> bool {
        self.state.send_if_modified(|state| {
            let Some(pause) = pause(state) else { return false };
            *state = State::Down { since: Instant::now() };
            self.failures.store(0, Ordering::Relaxed);
            let (client, gcra) = (self.client.clone(), self.gcra.clone());
            let attempt = Attempt { link: Arc::downgrade(self), client, gcra, over: false };
            tokio::spawn(attempt.repeat(pause));
            true
        })
    }
}

/// A connection to come.
struct Attempt {
    link: Weak<Link>,
    client: Client,
    gcra: Script,
    over: bool,
}

impl Attempt {
    /// Tries until there is a connection, or nobody left who would use it.
    async fn repeat(mut self, first: Duration) {
        let (mut pause, longest) = PAUSES;
        let mut told = false;
        sleep(first).await;
        while self.link.strong_count() > 0 {
            let cause = match timeout(CONNECT, self.connect()).await {
                Ok(Ok(connection)) => return self.succeed(connection),
                Ok(Err(error)) => cause(&error),
                Err(_) => format!("no greeting within {CONNECT:?}"),
            };
            if !std::mem::replace(&mut told, true) {
                tracing::error!(target: "secure_tool", cause, "the shared state cannot be connected to");
            }
            sleep(pause).await;
            pause = (pause * 2).min(longest);
        }
    }

    fn succeed(&mut self, connection: MultiplexedConnection) {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let Some(link) = self.link.upgrade() else { return };
        self.over = true;
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        tracing::info!(target: "secure_tool", "connected to the shared state");
        link.state.send_replace(State::Up { connection, number, since: Instant::now() });
    }

    async fn connect(&self) -> RedisResult<MultiplexedConnection> {
        // The waits are ours.
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(None)
            .set_response_timeout(None)
            .set_pipeline_buffer_size(QUEUE);
        let mut connection =
            self.client.get_multiplexed_async_connection_with_config(&config).await?;
        self.gcra.load_async(&mut connection).await?;
        Ok(connection)
    }
}

/// Tasks are dropped with their runtime. Then the next call begins anew.
impl Drop for Attempt {
    fn drop(&mut self) {
        if let (false, Some(link)) = (self.over, self.link.upgrade()) {
            link.state.send_replace(State::Unused);
        }
    }
}

/// What the server or the system said. Clients have no part in it: of them, there are hashes only.
fn cause(error: &RedisError) -> String {
    error.to_string().chars().take(CAUSE).collect()
}

/// Not the client: its address has a password in it.
impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link").field("wait", &self.wait).finish_non_exhaustive()
    }
}
