//! A PostgreSQL server of the tests' own.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use tempfile::TempDir;

use super::process::signal;
use super::{PATIENCE, wait_for};

/// The password of all roles. It must not be seen anywhere.
pub const PASSWORD: &str = "CANARY-7f3a9c-password";

/// The server that tests share; it ends with the last of them.
static SHARED: Mutex<Weak<PostgresServer>> = Mutex::new(Weak::new());
static DATABASES: AtomicU32 = AtomicU32::new(0);

/// A server that listens on a socket in a directory of its own.
pub struct PostgresServer {
    directory: TempDir,
    process: Child,
}

/// A database of one test.
pub struct PostgresDatabase {
    pub server: Arc<PostgresServer>,
    name: String,
}

impl PostgresServer {
    /// None where PostgreSQL is not installed.
    fn start() -> Option<Self> {
        let programs = programs()?;
        let directory = tempfile::tempdir().unwrap();
        let password = directory.path().join("password");
        std::fs::write(&password, PASSWORD).unwrap();
        if is_root() {
            // PostgreSQL refuses to run as root.
            let given =
                Command::new("chown").args(["-R", "postgres"]).arg(directory.path()).status();
            assert!(given.unwrap().success(), "there is no user `postgres`");
        }
        let data = directory.path().join("data");
        let made = unprivileged(&programs.join("initdb"))
            .args(["--username=boss", "--auth=scram-sha-256", "--no-sync", "--encoding=UTF8"])
            .arg("--locale=C")
            .arg(format!("--pwfile={}", password.display()))
            .arg("-D")
            .arg(&data)
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let process = unprivileged(&programs.join("postgres"))
            .args([
                "-F",
                "-c",
                "listen_addresses=",
                "-c",
                "shared_buffers=16MB",
                "-c",
                "max_connections=60",
            ])
            .arg("-k")
            .arg(directory.path())
            .arg("-D")
            .arg(&data)
            .spawn()
            .unwrap();
        Some(PostgresServer { directory, process })
    }

    /// Of a role, on a socket.
    pub fn url(&self, role: &str, database: &str) -> String {
        let socket = self.directory.path().display();
        format!("postgres://{role}:{PASSWORD}@localhost/{database}?host={socket}")
    }

    /// Where it listens.
    pub fn socket(&self) -> PathBuf {
        self.directory.path().join(".s.PGSQL.5432")
    }

    /// Stops it in the middle of what it does: no connection is answered.
    pub fn pause(&self) {
        self.signal_all("STOP");
    }

    pub fn go_on(&self) {
        self.signal_all("CONT");
    }

    /// The server and the processes that it started, each for a connection.
    fn signal_all(&self, name: &str) {
        let parent = self.process.id();
        let children =
            Command::new("ps").args(["-o", "pid=", "--ppid", &parent.to_string()]).output();
        let children = String::from_utf8(children.unwrap().stdout).unwrap();
        for child in children.split_whitespace() {
            signal(child.parse().unwrap(), name);
        }
        signal(parent, name);
    }
}

impl PostgresDatabase {
    /// A new database on the shared server, made by a script of its owner, a superuser. None where
    /// PostgreSQL is not installed.
    pub async fn new(script: &'static str) -> Option<Self> {
        let server = {
            let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
            match shared.upgrade() {
                Some(server) => server,
                None => {
                    let server = Arc::new(PostgresServer::start()?);
                    *shared = Arc::downgrade(&server);
                    server
                }
            }
        };
        Some(Self::on(server, script).await)
    }

    /// A server of the test's own, which it may stop.
    pub async fn alone(script: &'static str) -> Option<Self> {
        Some(Self::on(Arc::new(PostgresServer::start()?), script).await)
    }

    async fn on(server: Arc<PostgresServer>, script: &'static str) -> Self {
        let name = format!("test_{}", DATABASES.fetch_add(1, Ordering::Relaxed));
        let until = std::time::Instant::now() + PATIENCE;
        let mut first = loop {
            match PgConnection::connect(&server.url("boss", "postgres")).await {
                Ok(connection) => break connection,
                Err(error) => assert!(std::time::Instant::now() < until, "{error}"),
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        };
        let make = format!("CREATE DATABASE {name}");
        first.execute(AssertSqlSafe(make)).await.unwrap();
        let database = PostgresDatabase { server, name };
        database.boss().await.execute(script).await.unwrap();
        database
    }

    /// A connection that may do anything.
    pub async fn boss(&self) -> PgConnection {
        PgConnection::connect(&self.url("boss")).await.unwrap()
    }

    pub fn url(&self, role: &str) -> String {
        self.server.url(role, &self.name)
    }

    pub fn name(&self) -> &str {
        &self.name
    }
}

impl Drop for PostgresServer {
    fn drop(&mut self) {
        // At once, without a farewell to clients.
        signal(self.process.id(), "QUIT");
        signal(self.process.id(), "CONT");
        let process = &mut self.process;
        wait_for("postgres to end", || process.try_wait().unwrap());
    }
}

/// Where `initdb` is: Debian keeps it off the `PATH`.
fn programs() -> Option<PathBuf> {
    let paths = std::env::var_os("PATH").unwrap_or_default();
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    let debian = versions.map(|version| version.unwrap().path().join("bin"));
    let found =
        debian.chain(std::env::split_paths(&paths)).find(|path| path.join("initdb").is_file());
    if found.is_none() {
        let skipped = "skipped: PostgreSQL is not installed (Debian: apt-get install postgresql)";
        assert!(std::env::var_os("CI").is_none(), "{skipped}");
        eprintln!("{skipped}");
    }
    found
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output().unwrap();
    id.stdout.trim_ascii() == b"0"
}

fn unprivileged(program: &Path) -> Command {
    let mut command = Command::new(program);
    if is_root() {
        // Becomes the program, so that signals reach it.
        command = Command::new("setpriv");
        command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]).arg(program);
    }
    command.current_dir("/").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("PG") {
            command.env_remove(name);
        }
    }
    command
}
