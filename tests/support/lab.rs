//! A server with tools that misbehave: one is slow, to be disturbed in the middle of a transaction,
//! others fail and panic.
//!
//! The process is the test's own executable, told by a variable to serve instead of testing.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use secure_tool_runtime::prelude::*;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool};
use tempfile::TempDir;

use super::eventually;
use super::process::clean;

/// Where the server finds the database and leaves its marks. Without it, it does not serve.
const DIRECTORY: &str = "SECURE_TOOL_TEST_LAB";

/// Tools that misbehave.
struct Lab {
    directory: PathBuf,
    database: SqlitePool,
}

#[secure_tools]
impl Lab {
    /// Write two rows, with a pause between them that ends when the file `go` appears.
    #[secure_tool(scope = "lab:use", effect = write, timeout = "1h")]
    async fn two_rows(&self) -> Result<(), sqlx::Error> {
        let mut transaction = self.database.begin().await?;
        sqlx::query("INSERT INTO rows VALUES (1)").execute(&mut *transaction).await?;
        let undone = Undone(self.directory.join("undone"));
        mark(&self.directory.join("begun"));
        let go = self.directory.join("go");
        eventually("the signal to go on", || go.exists().then_some(())).await;
        sqlx::query("INSERT INTO rows VALUES (2)").execute(&mut *transaction).await?;
        std::mem::forget(undone);
        transaction.commit().await
    }

    /// Panic, with the text.
    #[secure_tool(scope = "lab:use", effect = write)]
    async fn crash(
        &self,
        /// What to say.
        #[validate(length(max = 100))]
        text: String,
    ) {
        tokio::task::yield_now().await;
        panic!("{text}");
    }

    /// Fail, with the text.
    #[secure_tool(scope = "lab:use", effect = read)]
    async fn fail(
        &self,
        /// What to say.
        #[validate(length(max = 100))]
        text: String,
    ) -> Result<(), String> {
        Err(text)
    }
}

/// Leaves a mark when the handler is dropped half-way.
struct Undone(PathBuf);

impl Drop for Undone {
    fn drop(&mut self) {
        mark(&self.0);
    }
}

fn mark(path: &Path) {
    std::fs::write(path, "").unwrap();
}

/// Serves if that is what this process was started for. The tests that use [`Scene`] have a test
/// `serve_when_asked` that calls this.
pub fn serve_when_asked() {
    let Some(directory) = std::env::var_os(DIRECTORY) else { return };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let code = runtime.block_on(serve(directory.into()));
    drop(runtime);
    // The harness must not say anything more.
    std::process::exit(if code == ExitCode::SUCCESS { 0 } else { 1 });
}

async fn serve(directory: PathBuf) -> ExitCode {
    let database = database(&directory).await;
    let arguments = std::env::var("SECURE_TOOL_TEST_ARGUMENTS").unwrap();
    let arguments = std::iter::once("lab").chain(arguments.split('\n'));
    Server::new(Lab { directory, database })
        .callers(DevelopmentUsers::new().user("alice", &["lab:use"], &[]))
        .cli_from(arguments.map(Into::into))
        .await
}

async fn database(directory: &Path) -> SqlitePool {
    let options = SqliteConnectOptions::new().filename(directory.join("lab.db"));
    SqlitePool::connect_with(options.create_if_missing(true)).await.unwrap()
}

/// Where the server works, seen from outside.
pub struct Scene {
    directory: TempDir,
}

impl Scene {
    pub async fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let database = database(directory.path()).await;
        sqlx::query("CREATE TABLE rows (number INTEGER)").execute(&database).await.unwrap();
        database.close().await;
        Scene { directory }
    }

    /// The command that serves here.
    pub fn command(&self) -> Command {
        // The arguments of the server would be those of the harness: a shell puts them aside.
        let mut command = clean("sh");
        command
            .arg("-c")
            .arg(
                r#"program=$1; shift
                SECURE_TOOL_TEST_ARGUMENTS=$(printf '%s\n' "$@"); export SECURE_TOOL_TEST_ARGUMENTS
                exec "$program" serve_when_asked --exact --nocapture --test-threads=1"#,
            )
            .arg("sh")
            .arg(std::env::current_exe().unwrap())
            .env("SECURE_TOOL_CALLER", "alice")
            .env(DIRECTORY, self.directory.path());
        command
    }

    /// Waits until the tool has written its first row.
    pub async fn begun(&self) {
        self.marked("begun").await;
    }

    /// Waits until the tool was stopped half-way.
    pub async fn undone(&self) {
        self.marked("undone").await;
    }

    async fn marked(&self, name: &str) {
        let path = self.directory.path().join(name);
        eventually(name, || path.exists().then_some(())).await;
    }

    /// Lets the tool write its second row.
    pub fn go(&self) {
        mark(&self.directory.path().join("go"));
    }

    /// Removes all marks.
    pub fn reset(&self) {
        for name in ["begun", "undone", "go"] {
            // Not all of them are there.
            let _ = std::fs::remove_file(self.directory.path().join(name));
        }
    }

    /// How many rows another client of the database sees.
    pub async fn rows(&self) -> i64 {
        let database = database(self.directory.path()).await;
        let rows = sqlx::query_scalar("SELECT count(*) FROM rows").fetch_one(&database).await;
        database.close().await;
        rows.unwrap()
    }

    /// True if somebody else may write, which nobody may during a transaction.
    pub async fn is_free(&self) -> bool {
        let database = database(self.directory.path()).await;
        let mut connection = database.acquire().await.unwrap();
        sqlx::raw_sql("PRAGMA busy_timeout = 20000; BEGIN IMMEDIATE; ROLLBACK")
            .execute(&mut *connection)
            .await
            .is_ok()
    }
}
