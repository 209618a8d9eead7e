//! SQLite in temporary files. PostgreSQL is in `tests/postgres` of the workspace.

mod exploits;
mod limits;
mod owners;
mod readings;
mod statements;
mod values;

use std::path::PathBuf;

use tempfile::TempDir;

use super::{Database, Opening, ReadOnly, ReadWrite, Sqlite};
use crate::Caller;
use crate::sql;

const SCHEMA: &str = "
    CREATE TABLE notes (
        id INTEGER PRIMARY KEY, owner TEXT NOT NULL, title TEXT NOT NULL UNIQUE, body BLOB
    ) STRICT;
    INSERT INTO notes (owner, title) VALUES ('ada', 'olives'), ('ada', '100% wool'), ('bob', 'bass');
";

/// A database in a file that is gone with the test.
struct Kept {
    directory: TempDir,
}

impl Kept {
    async fn new() -> Self {
        let kept = Kept { directory: tempfile::tempdir().unwrap() };
        let made = kept.opening().create().read_write().await.unwrap().schema(SCHEMA).await;
        made.unwrap().pool.close().await;
        kept
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn opening(&self) -> Opening<Sqlite> {
        Database::sqlite(self.path("notes.db"))
    }

    async fn reader(&self) -> Database<ReadOnly> {
        self.opening().read_only().await.unwrap()
    }

    async fn writer(&self) -> Database<ReadWrite> {
        self.opening().read_write().await.unwrap()
    }

    /// All that is kept, as text.
    async fn content(&self) -> String {
        let rows: Vec<(i64, String, String)> = self
            .reader()
            .await
            .select(sql!("SELECT id, owner, title FROM notes ORDER BY id", shared = "a test"))
            .fetch_all()
            .await
            .unwrap();
        format!("{rows:?}")
    }
}

fn ada() -> Caller {
    Caller::new("ada").unwrap()
}

fn bob() -> Caller {
    Caller::new("bob").unwrap()
}
