//! One connection, for one call. However the call ends, the connection goes back as it came, or does not
//! go back.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use sqlx::pool::PoolConnection;
use sqlx::{Either, Pool, SqlStr};

use super::gate::Gate;
use super::limits::Limits;
use super::{Backend, SqlError};

/// The database stops a statement by itself; should it not answer at all, we stop waiting.
const GRACE: Duration = Duration::from_secs(1);

/// How long what nobody waits for may take. It is a moment, or something is broken.
pub(super) const UNDOING: Duration = Duration::from_secs(60);

pub(super) struct Lease<B: Backend> {
    connection: Option<PoolConnection<B>>,
    gate: Arc<Gate>,
    limits: Limits,
    state: State,
    in_transaction: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// Nothing is running that was not read to its end.
    Idle,
    /// Something is, or may be.
    Running,
    /// The last statement failed, and is over. PostgreSQL would take `COMMIT` for `ROLLBACK` now, and say
    /// nothing.
    Failed,
}

/// What came of a statement.
pub(super) struct Outcome<B: Backend> {
    pub(super) rows: Vec<B::Row>,
    pub(super) changed: u64,
}

impl<B: Backend> Lease<B> {
    pub(super) async fn acquire(pool: &Pool<B>, limits: Limits) -> Result<Self, SqlError> {
        let connection = Some(pool.acquire().await?);
        let gate = Arc::new(Gate::open_for(limits.time));
        Ok(Lease { connection, gate, limits, state: State::Idle, in_transaction: false })
    }

    pub(super) async fn begin(&mut self, statement: &'static str) -> Result<(), SqlError> {
        // From now on: it may have begun where nobody waits for the answer.
        self.in_transaction = true;
        self.work(async |connection, _| Ok(B::script(connection, statement).await?)).await
    }

    pub(super) async fn commit(mut self) -> Result<(), SqlError> {
        self.work(async |connection, _| Ok(B::script(connection, "COMMIT").await?)).await?;
        self.in_transaction = false;
        Ok(())
    }

    /// Runs a statement, and reads all that it returns.
    pub(super) async fn run(
        &mut self,
        text: SqlStr,
        arguments: B::Arguments,
        most_rows: usize,
    ) -> Result<Outcome<B>, SqlError> {
        let most_rows = most_rows.min(self.limits.rows);
        self.work(async move |connection, limits| {
            collect::<B>(connection, text, arguments, most_rows, limits.bytes).await
        })
        .await
    }

    async fn work<T>(
        &mut self,
        work: impl AsyncFnOnce(&mut B::Connection, Limits) -> Result<T, SqlError>,
    ) -> Result<T, SqlError> {
        if self.state != State::Idle {
            return Err(SqlError::fault(
                "a statement of this transaction failed: nothing of it is kept",
            ));
        }
        let connection = self.connection.as_mut().expect("taken in `drop` only");
        self.gate = Arc::new(Gate::open_for(self.limits.time));
        self.state = State::Running;
        let gate = &self.gate;
        let work = async {
            B::arm(connection, gate).await?;
            work(connection, self.limits).await
        };
        let done = tokio::time::timeout(self.limits.time.saturating_add(GRACE), work).await;
        let Ok(result) = done else { return Err(SqlError::TimedOut) };
        self.state = match &result {
            Ok(_) => State::Idle,
            // There is more to come.
            Err(SqlError::TooMuch) => State::Running,
            Err(_) => State::Failed,
        };
        result
    }
}

async fn collect<B: Backend>(
    connection: &mut B::Connection,
    text: SqlStr,
    arguments: B::Arguments,
    most_rows: usize,
    most_bytes: usize,
) -> Result<Outcome<B>, SqlError> {
    let mut outcome = Outcome { rows: Vec::new(), changed: 0 };
    let mut bytes = 0;
    let mut steps = B::run(connection, text, arguments);
    while let Some(step) = steps.next().await {
        match step? {
            Either::Left(changed) => outcome.changed += changed,
            Either::Right(row) => {
                bytes += B::weigh(&row);
                if outcome.rows.len() == most_rows || bytes > most_bytes {
                    return Err(SqlError::TooMuch);
                }
                outcome.rows.push(row);
            }
        }
    }
    Ok(outcome)
}

impl<B: Backend> Drop for Lease<B> {
    fn drop(&mut self) {
        let Some(connection) = self.connection.take() else { return };
        self.gate.close();
        if self.state == State::Running {
            B::abandon(connection, self.in_transaction);
        } else if self.in_transaction {
            undo::<B>(connection);
        }
    }
}

/// Undoes a transaction and gives the connection back.
pub(super) fn undo<B: Backend>(mut connection: PoolConnection<B>) {
    // Without a runtime there is nobody left to wait for it, and its connections end with the pool.
    let Ok(runtime) = tokio::runtime::Handle::try_current() else {
        connection.close_on_drop();
        return;
    };
    runtime.spawn(async move {
        // The gate of the call is closed: it would stop this too.
        let gate = Arc::new(Gate::open_for(UNDOING));
        let undone = async {
            B::arm(&mut connection, &gate).await?;
            B::script(&mut connection, "ROLLBACK").await
        };
        // There may be none: it was undone by the database, or kept where nobody waited to hear so.
        if undone.await.is_err_and(|error| !is_over(&error)) {
            connection.close_on_drop();
        }
    });
}

fn is_over(error: &sqlx::Error) -> bool {
    let error = error.as_database_error();
    error.is_some_and(|error| error.message().contains("no transaction is active"))
}
