//! Whether the SQLite in this program was built so that a connection refuses what statements of ours do not ask
//! for. sqlx has no safe call for that, so the build has to say it.

use std::sync::atomic::{AtomicBool, Ordering};

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, SqliteConnection};

/// What a build should say: cargo's `[env]` hands it to the build of SQLite.
const FLAGS: &str =
    "-DSQLITE_DEFAULT_DEFENSIVE -DSQLITE_MAX_ATTACHED=0 -DSQLITE_OMIT_LOAD_EXTENSION";

/// Says once in a process what its SQLite was not built with.
pub(super) async fn warn_once() {
    static LOOKED: AtomicBool = AtomicBool::new(false);
    if LOOKED.swap(true, Ordering::Relaxed) {
        return;
    }
    // Whoever cannot tell has not been told.
    let missing = missing().await.unwrap_or_else(|_| FLAGS.split(' ').collect());
    if !missing.is_empty() {
        tracing::warn!(
            missing = missing.join(" "),
            "SQLite was built without what keeps connections from other files and from its own tables; put \
             `LIBSQLITE3_FLAGS = \"{FLAGS}\"` into `[env]` of .cargo/config.toml"
        );
    }
}

/// The flags that are missing.
pub(super) async fn missing() -> sqlx::Result<Vec<&'static str>> {
    // In memory, where trying changes nothing.
    let options = SqliteConnectOptions::new().in_memory(true).disable_statement_logging();
    let mut connection = options.connect().await?;
    // No list of options has this one.
    sqlx::raw_sql("PRAGMA writable_schema = ON").execute(&mut connection).await?;
    let defensive = number(&mut connection, "PRAGMA writable_schema").await? == 0;
    let attaches =
        sqlx::raw_sql("ATTACH ':memory:' AS other").execute(&mut connection).await.is_ok();
    let loads = number(&mut connection, "SELECT sqlite_compileoption_used('OMIT_LOAD_EXTENSION')")
        .await?
        == 0;
    let missing = FLAGS.split(' ').zip([!defensive, attaches, loads]);
    Ok(missing.filter_map(|(flag, missing)| missing.then_some(flag)).collect())
}

async fn number(connection: &mut SqliteConnection, text: &'static str) -> sqlx::Result<i64> {
    sqlx::query_scalar(text).fetch_one(connection).await
}
