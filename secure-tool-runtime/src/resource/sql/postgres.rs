//! PostgreSQL: the server stops what takes too long, and what nobody waits for.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use secrecy::{ExposeSecret, SecretString};
use sqlx::pool::{PoolConnection, PoolOptions};
use sqlx::postgres::{PgConnectOptions, PgConnection, PgSslMode, PgValueRef};
use sqlx::{ConnectOptions, Executor, Pool, Postgres, Row, SqlStr};
use url::Url;

use super::backend::Step;
use super::backend::sealed::Driver;
use super::gate::Gate;
use super::open::Opening;
use super::{Access, Database, ReadOnly, ReadWrite};
use crate::server::StartError;

/// Statements that a connection keeps prepared; the oldest makes room.
const PREPARED: usize = 64;

/// How often the server looks whether somebody still waits for what it does.
const ATTENTION: Duration = Duration::from_millis(500);

/// The longest wait for a connection, the making of one included: that takes its time, whatever the limit of
/// a statement is.
const CONNECTED: Duration = Duration::from_secs(10);

/// The longest that a transaction may be idle, in which locks are held.
const IDLE: Duration = Duration::from_secs(60);

/// What a URL may say beside user, password, host, port and database. Others are refused, not passed
/// over: a typing error in `sslmode` would turn it off.
const PARAMETERS: [&str; 7] =
    ["application_name", "host", "port", "sslcert", "sslkey", "sslmode", "sslrootcert"];

/// Leaves nothing of a call behind: settings, temporary tables, cursors, locks. What is prepared stays.
const RESET: &str = "CLOSE ALL; UNLISTEN *; RESET SESSION AUTHORIZATION; RESET ROLE; RESET ALL; \
     DISCARD TEMP; DISCARD SEQUENCES; SELECT pg_advisory_unlock_all()";

/// True of superusers and of roles that reach the server's files and programs.
const PRIVILEGED: &str = "SELECT pg_has_role(current_user, 'pg_execute_server_program', 'MEMBER')
     OR pg_has_role(current_user, 'pg_read_server_files', 'MEMBER')
     OR pg_has_role(current_user, 'pg_write_server_files', 'MEMBER')";

/// A server.
#[derive(Debug)]
pub struct Source {
    url: SecretString,
    without_tls: Option<&'static str>,
}

impl Database<ReadOnly, Postgres> {
    /// A database on a PostgreSQL server, about to be opened: `postgres://user:password@host/database`.
    /// The URL is a secret; read it from a file or the environment.
    ///
    /// Beyond loopback and local sockets the server has to show a certificate for its name: `sslrootcert`
    /// in the URL names the authority, unless it is one that browsers trust.
    pub fn postgres(url: impl Into<SecretString>) -> Opening<Postgres> {
        Opening::new(Source { url: url.into(), without_tls: None }, 8)
    }
}

impl Opening<Postgres> {
    /// Takes the `sslmode` of the URL as it is, for servers that cannot be verified. Says why that is safe:
    /// whoever is between here and there reads and changes what is sent.
    pub fn without_tls(mut self, why: &'static str) -> Self {
        self.source.without_tls = Some(why);
        self
    }

    /// Opens it for reading: all that its connections do is in transactions of the server's that are READ
    /// ONLY, and nothing of [`sql!`](crate::sql!) can end one. Give it a role that was granted no more than SELECT,
    /// on what the tools read, and it cannot write even then.
    ///
    /// # Errors
    /// If the server cannot be reached, does not show a certificate, or the role is one of a superuser.
    pub async fn read_only(self) -> Result<Database<ReadOnly, Postgres>, StartError> {
        self.open().await
    }

    /// Opens it for reading and writing.
    ///
    /// # Errors
    /// As [`read_only`](Self::read_only).
    pub async fn read_write(self) -> Result<Database<ReadWrite, Postgres>, StartError> {
        self.open().await
    }

    async fn open<A: Access>(self) -> Result<Database<A, Postgres>, StartError> {
        let options = self.options(A::WRITES)?;
        let attention = [("client_connection_check_interval", milliseconds(ATTENTION))];
        let pool = match self.connect(options.clone().options(attention)).await {
            // Servers on systems that cannot tell whether a client is there.
            Err(error) if is_invalid_setting(&error) => self.connect(options).await,
            other => other,
        };
        let pool = pool.map_err(|error| failed(&error))?;
        let privileged: bool = sqlx::query_scalar(PRIVILEGED)
            .fetch_one(&pool)
            .await
            .map_err(|error| failed(&error))?;
        if privileged {
            return Err(StartError::new(
                "the database is opened by a superuser, who reaches the files and programs of its server",
                "make a role for it: `CREATE ROLE tools LOGIN PASSWORD …; GRANT SELECT ON … TO tools`",
            ));
        }
        Ok(Database::new(pool, self.limits))
    }

    fn options(&self, writes: bool) -> Result<PgConnectOptions, StartError> {
        let url = Url::parse(self.source.url.expose_secret()).ok();
        let url = url.filter(|url| matches!(url.scheme(), "postgres" | "postgresql"));
        // No part of it is shown: a password with a `?` or `#` in it ends up anywhere.
        let url = url.ok_or_else(|| {
            StartError::new(
                "the URL of the database is not valid",
                "write `postgres://user:password@host/database`, with `%XX` for special characters",
            )
        })?;
        if url.query_pairs().any(|(key, _)| !PARAMETERS.contains(&&*key)) {
            return Err(StartError::new(
                "the URL of the database has a parameter that is not known",
                format!("leave it out; known are {}", PARAMETERS.join(", ")),
            ));
        }
        let options = PgConnectOptions::from_url(&url).map_err(|_| {
            StartError::new(
                "the URL of the database has a parameter that is not valid",
                "correct `sslmode`, `port` or the like",
            )
        })?;
        let limit = milliseconds(self.limits.time);
        let read_only = if writes { "off" } else { "on" };
        Ok(self
            .secured(options, &url)?
            .statement_cache_capacity(PREPARED)
            .disable_statement_logging()
            .options([
                ("default_transaction_read_only", read_only.to_owned()),
                ("statement_timeout", limit.clone()),
                ("lock_timeout", limit),
                ("idle_in_transaction_session_timeout", milliseconds(IDLE)),
                // Strings are read as `sql!` reads them.
                ("standard_conforming_strings", "on".to_owned()),
            ]))
    }

    /// TLS with a certificate, but for what does not leave this machine.
    fn secured(
        &self,
        options: PgConnectOptions,
        url: &Url,
    ) -> Result<PgConnectOptions, StartError> {
        if self.source.without_tls.is_some_and(|why| !why.trim().is_empty()) || is_local(&options) {
            return Ok(options);
        }
        let mut modes = url.query_pairs().filter(|(key, _)| key == "sslmode");
        if modes.any(|(_, mode)| mode != "verify-full") {
            return Err(StartError::new(
                "the URL of the database asks for less than a verified server",
                "leave `sslmode` out, or say `.without_tls(\"why\")`",
            ));
        }
        Ok(options.ssl_mode(PgSslMode::VerifyFull))
    }

    async fn connect(&self, options: PgConnectOptions) -> sqlx::Result<Pool<Postgres>> {
        PoolOptions::new()
            .max_connections(self.connections)
            .acquire_timeout(CONNECTED)
            .after_release(|connection, _| {
                Box::pin(async move {
                    sqlx::raw_sql(RESET).execute(connection).await?;
                    Ok(true)
                })
            })
            .connect_with(options)
            .await
    }
}

fn is_local(options: &PgConnectOptions) -> bool {
    let host = options.get_host();
    let loopback = host.parse().is_ok_and(|address: IpAddr| address.is_loopback());
    options.get_socket().is_some() || host.starts_with('/') || host == "localhost" || loopback
}

fn milliseconds(time: Duration) -> String {
    // Zero would be no limit, and the server's greatest is an `i32`.
    time.as_millis().clamp(1, i32::MAX as u128).to_string()
}

fn is_invalid_setting(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code());
    code.is_some_and(|code| matches!(&*code, "22023" | "42704"))
}

/// The words of a server name the role, the database and the host, not the password.
fn failed(error: &sqlx::Error) -> StartError {
    StartError::new(
        "the database cannot be opened",
        "check that the server runs, that the URL names role, password and database, and that its \
         certificate is for its host name",
    )
    .because(std::io::Error::other(error.to_string()))
}

impl Driver for Postgres {
    type Source = Source;

    const BEGIN_READING: &'static str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
    const BEGIN_WRITING: &'static str = "BEGIN";

    /// The server has its own clock.
    async fn arm(_: &mut PgConnection, _: &Arc<Gate>) -> sqlx::Result<()> {
        Ok(())
    }

    fn run(
        connection: &mut PgConnection,
        text: SqlStr,
        arguments: Self::Arguments,
    ) -> BoxStream<'_, Step<Self>> {
        // With arguments, even none, the server is sent one prepared statement, of which it takes no two.
        connection
            .fetch_many(sqlx::query_with(text, arguments))
            .map(|step| step.map(|either| either.map_left(|done| done.rows_affected())))
            .boxed()
    }

    async fn script(connection: &mut PgConnection, text: &'static str) -> sqlx::Result<()> {
        sqlx::raw_sql(text).execute(connection).await.map(|_| ())
    }

    fn weigh(row: &Self::Row) -> usize {
        let bytes = |value: PgValueRef<'_>| value.as_bytes().map_or(0, <[u8]>::len);
        (0..row.len()).map(|column| row.try_get_raw(column).map_or(0, bytes)).sum()
    }

    /// The server notices that nobody is there, and ends what it does and the transaction it is in.
    fn abandon(connection: PoolConnection<Self>, _in_transaction: bool) {
        drop(connection.detach());
    }
}
