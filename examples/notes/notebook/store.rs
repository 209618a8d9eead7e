//! The notebook in SQLite.
//!
//! Values are bound, never written into a statement, and every statement about a note asks for its
//! owner: there is no way to reach a note of somebody else. What takes more than one statement is
//! one transaction, which also undoes what a call had begun when it is cancelled.

use std::collections::BTreeMap;
use std::path::Path;

use secure_tool_runtime::prelude::*;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqlitePool, SqlitePoolOptions};
use sqlx::{query, query_as, query_scalar};

use super::error::NotebookError;
use super::input::{Label, NoteId, Priority, Reminder};
use super::output::{Note, Summary};

/// Notes that one user may have.
const CAPACITY: i64 = 1000;

/// Notes that a search finds at most.
const FOUND: i64 = 50;

/// The database.
pub(crate) struct Store {
    pool: SqlitePool,
}

/// A note to be added.
pub(crate) struct Draft {
    pub(crate) title: String,
    pub(crate) body: String,
    pub(crate) priority: Priority,
    pub(crate) labels: Vec<Label>,
    pub(crate) facts: BTreeMap<Text<1, 32>, Text<0, 200>>,
    pub(crate) source: Option<String>,
}

/// What is to change about a note; `None` stays as it is.
pub(crate) struct Changes {
    pub(crate) title: Option<String>,
    pub(crate) body: Option<String>,
    pub(crate) priority: Option<Priority>,
    pub(crate) labels: Option<Vec<Label>>,
}

impl Store {
    /// Opens a file, or a database in memory, and puts a few notes into a new one.
    pub(crate) async fn open(file: Option<&Path>) -> Result<Self, sqlx::Error> {
        let options = match file {
            Some(file) => SqliteConnectOptions::new().filename(file).create_if_missing(true),
            None => "sqlite::memory:".parse()?,
        };
        // One connection: SQLite has one writer anyway, and a database in memory lives as long as its
        // connection, which therefore must not be closed for being old or idle.
        let pool = SqlitePoolOptions::new()
            .max_connections(1)
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_with(options)
            .await?;
        let mut transaction = pool.begin().await?;
        sqlx::raw_sql(include_str!("schema.sql")).execute(&mut *transaction).await?;
        let empty: bool = query_scalar("SELECT NOT EXISTS (SELECT 1 FROM notes)")
            .fetch_one(&mut *transaction)
            .await?;
        if empty {
            sqlx::raw_sql(include_str!("seed.sql")).execute(&mut *transaction).await?;
        }
        transaction.commit().await?;
        Ok(Store { pool })
    }

    /// The notes that are at least as urgent, and have the label if one is given.
    pub(crate) async fn list(
        &self,
        owner: &Subject,
        label: Option<&str>,
        least: Priority,
        limit: u8,
    ) -> Result<Vec<Summary>, NotebookError> {
        let rows = query_as(
            "SELECT id, title, priority FROM notes
             WHERE owner = ?1 AND priority >= ?2 AND (?3 IS NULL OR EXISTS
                 (SELECT 1 FROM labels WHERE labels.note = notes.id AND labels.label = ?3))
             ORDER BY priority DESC, id LIMIT ?4",
        )
        .bind(owner.as_str())
        .bind(rank(least))
        .bind(label)
        .bind(limit)
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter().map(summary).collect()
    }

    /// The notes that contain a text.
    pub(crate) async fn search(
        &self,
        owner: &Subject,
        text: &str,
    ) -> Result<Vec<Summary>, NotebookError> {
        // `instr` knows no wildcards, so there is nothing to escape.
        let rows = query_as(
            "SELECT id, title, priority FROM notes
             WHERE owner = ?1 AND instr(lower(title || char(10) || body), lower(?2)) > 0
             ORDER BY priority DESC, id LIMIT ?3",
        )
        .bind(owner.as_str())
        .bind(text)
        .bind(FOUND)
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter().map(summary).collect()
    }

    /// One note.
    pub(crate) async fn read(&self, owner: &Subject, id: NoteId) -> Result<Note, NotebookError> {
        // A transaction, so that note, labels and facts are of the same moment.
        let mut transaction = self.pool.begin().await?;
        read(&mut transaction, owner, id).await
    }

    /// All notes of a user, in the order of their numbers.
    pub(crate) async fn all(&self, owner: &Subject) -> Result<Vec<Note>, NotebookError> {
        let mut transaction = self.pool.begin().await?;
        let ids: Vec<i64> = query_scalar("SELECT id FROM notes WHERE owner = ? ORDER BY id")
            .bind(owner.as_str())
            .fetch_all(&mut *transaction)
            .await?;
        let mut notes = Vec::new();
        for id in ids {
            notes.push(read(&mut transaction, owner, NoteId(id)).await?);
        }
        Ok(notes)
    }

    /// Adds a note, unless there are too many.
    pub(crate) async fn add(&self, owner: &Subject, draft: Draft) -> Result<Note, NotebookError> {
        // Takes the right to write at once, so that nobody adds one between counting and adding.
        let mut transaction = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        let count: i64 = query_scalar("SELECT count(*) FROM notes WHERE owner = ?")
            .bind(owner.as_str())
            .fetch_one(&mut *transaction)
            .await?;
        if count >= CAPACITY {
            return Err(NotebookError::Full);
        }
        let id: i64 = query_scalar(
            "INSERT INTO notes (owner, title, body, priority, source)
             VALUES (?, ?, ?, ?, ?) RETURNING id",
        )
        .bind(owner.as_str())
        .bind(&draft.title)
        .bind(&draft.body)
        .bind(rank(draft.priority))
        .bind(&draft.source)
        .fetch_one(&mut *transaction)
        .await?;
        let id = NoteId(id);
        label(&mut transaction, owner, id, &draft.labels).await?;
        for (name, value) in &draft.facts {
            query(
                "INSERT INTO facts (note, name, value)
                 SELECT id, ?, ? FROM notes WHERE id = ? AND owner = ?",
            )
            .bind(name.as_str())
            .bind(value.as_str())
            .bind(id.0)
            .bind(owner.as_str())
            .execute(&mut *transaction)
            .await?;
        }
        let note = read(&mut transaction, owner, id).await?;
        transaction.commit().await?;
        Ok(note)
    }

    /// Changes a note.
    pub(crate) async fn change(
        &self,
        owner: &Subject,
        id: NoteId,
        changes: Changes,
    ) -> Result<Note, NotebookError> {
        let mut transaction = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        let changed = query(
            "UPDATE notes SET title = coalesce(?, title), body = coalesce(?, body),
                 priority = coalesce(?, priority)
             WHERE id = ? AND owner = ?",
        )
        .bind(changes.title)
        .bind(changes.body)
        .bind(changes.priority.map(rank))
        .bind(id.0)
        .bind(owner.as_str())
        .execute(&mut *transaction)
        .await?;
        one(changed.rows_affected())?;
        if let Some(labels) = changes.labels {
            query(
                "DELETE FROM labels WHERE note = (SELECT id FROM notes WHERE id = ? AND owner = ?)",
            )
            .bind(id.0)
            .bind(owner.as_str())
            .execute(&mut *transaction)
            .await?;
            label(&mut transaction, owner, id, &labels).await?;
        }
        let note = read(&mut transaction, owner, id).await?;
        transaction.commit().await?;
        Ok(note)
    }

    /// Deletes a note, with all that belongs to it.
    pub(crate) async fn delete(&self, owner: &Subject, id: NoteId) -> Result<(), NotebookError> {
        let deleted = query("DELETE FROM notes WHERE id = ? AND owner = ?")
            .bind(id.0)
            .bind(owner.as_str())
            .execute(&self.pool)
            .await?;
        one(deleted.rows_affected())
    }

    /// Sets the reminder of a note.
    pub(crate) async fn remind(
        &self,
        owner: &Subject,
        id: NoteId,
        reminder: &Reminder,
    ) -> Result<(), NotebookError> {
        let set = query(
            "INSERT OR REPLACE INTO reminders (note, email, schedule)
             SELECT id, ?, ? FROM notes WHERE id = ? AND owner = ?",
        )
        .bind(&reminder.email)
        .bind(reminder.schedule.to_string())
        .bind(id.0)
        .bind(owner.as_str())
        .execute(&self.pool)
        .await?;
        one(set.rows_affected())
    }

    /// True if there is such a note and it is this user's.
    pub(crate) async fn owns(&self, owner: &Subject, id: NoteId) -> Result<bool, sqlx::Error> {
        query_scalar("SELECT EXISTS (SELECT 1 FROM notes WHERE id = ? AND owner = ?)")
            .bind(id.0)
            .bind(owner.as_str())
            .fetch_one(&self.pool)
            .await
    }

    /// How many notes each user has.
    pub(crate) async fn usage(&self) -> Result<BTreeMap<String, u32>, sqlx::Error> {
        let counts: Vec<(String, u32)> =
            query_as("SELECT owner, count(*) FROM notes GROUP BY owner")
                .fetch_all(&self.pool)
                .await?;
        Ok(counts.into_iter().collect())
    }
}

async fn read(
    connection: &mut SqliteConnection,
    owner: &Subject,
    id: NoteId,
) -> Result<Note, NotebookError> {
    let note: Option<(String, String, i64, Option<String>)> =
        query_as("SELECT title, body, priority, source FROM notes WHERE id = ? AND owner = ?")
            .bind(id.0)
            .bind(owner.as_str())
            .fetch_optional(&mut *connection)
            .await?;
    let (title, body, rank, source) = note.ok_or(NotebookError::NoSuchNote)?;
    let labels = query_scalar(
        "SELECT label FROM labels JOIN notes ON notes.id = note
         WHERE note = ? AND owner = ? ORDER BY label",
    )
    .bind(id.0)
    .bind(owner.as_str())
    .fetch_all(&mut *connection)
    .await?;
    let facts: Vec<(String, String)> = query_as(
        "SELECT name, value FROM facts JOIN notes ON notes.id = note WHERE note = ? AND owner = ?",
    )
    .bind(id.0)
    .bind(owner.as_str())
    .fetch_all(&mut *connection)
    .await?;
    let facts = facts.into_iter().collect();
    let (priority, owner) = (priority(rank)?, owner.to_string());
    Ok(Note { id, title, body, priority, labels, facts, source, owner })
}

async fn label(
    connection: &mut SqliteConnection,
    owner: &Subject,
    id: NoteId,
    labels: &[Label],
) -> Result<(), sqlx::Error> {
    for label in labels {
        query(
            "INSERT OR IGNORE INTO labels (note, label)
             SELECT id, ? FROM notes WHERE id = ? AND owner = ?",
        )
        .bind(label.as_str())
        .bind(id.0)
        .bind(owner.as_str())
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

fn summary((id, title, rank): (i64, String, i64)) -> Result<Summary, NotebookError> {
    Ok(Summary { id: NoteId(id), title, priority: priority(rank)? })
}

fn one(rows: u64) -> Result<(), NotebookError> {
    if rows == 1 { Ok(()) } else { Err(NotebookError::NoSuchNote) }
}

/// Priorities are kept as numbers, which sort.
fn rank(priority: Priority) -> i64 {
    match priority {
        Priority::Low => 0,
        Priority::Normal => 1,
        Priority::High => 2,
    }
}

fn priority(rank: i64) -> Result<Priority, NotebookError> {
    match rank {
        0 => Ok(Priority::Low),
        1 => Ok(Priority::Normal),
        2 => Ok(Priority::High),
        _ => Err(NotebookError::UnknownPriority(rank)),
    }
}
