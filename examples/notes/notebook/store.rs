//! The notebook in SQLite.
//!
//! Every statement is a literal that says whose notes it is about: there is no way to reach a note of
//! somebody else. What takes more than one statement is one transaction, which also undoes what a call
//! had begun when it is cancelled.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;

use secure_tool_runtime::prelude::*;
use secure_tool_runtime::sql;
use secure_tool_runtime::sql::{Database, ReadWrite, SqlError, Sqlite, Transaction, contains};

use super::error::NotebookError;
use super::input::{Label, NoteId, Priority, Reminder};
use super::output::{Note, Summary};

/// Notes that one user may have.
const CAPACITY: i64 = 1000;

/// The database.
pub(crate) struct Store {
    db: Database<ReadWrite>,
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

/// Number, title, rank.
type SummaryRow = (i64, String, i64);

impl Store {
    /// Opens a file, or a database in memory, and puts a few notes into a new one.
    pub(crate) async fn open(file: Option<&Path>) -> Result<Self, Box<dyn Error>> {
        let opening = match file {
            Some(file) => Database::sqlite(file).create(),
            None => Database::sqlite_in_memory(),
        };
        let mut db = opening.read_write().await?.schema(include_str!("schema.sql")).await?;
        let count = sql!("SELECT count(*) FROM notes", shared = "asked at the start, of all notes");
        if db.select(count).fetch_one::<(i64,)>().await? == (0,) {
            db = db.schema(include_str!("seed.sql")).await?;
        }
        Ok(Store { db })
    }

    /// The notes that are at least as urgent, and have the label if one is given.
    pub(crate) async fn list(
        &self,
        caller: &Caller,
        label: Option<&str>,
        least: Priority,
        limit: u8,
    ) -> Result<Vec<Summary>, NotebookError> {
        let list = sql!(
            "SELECT id, title, priority FROM notes
             WHERE owner = {owner} AND priority >= $1 AND ($2 IS NULL OR EXISTS
                 (SELECT 1 FROM labels WHERE labels.note = notes.id AND labels.label = $2))
             ORDER BY priority DESC, id LIMIT $3"
        );
        let list = self.db.select(list).bind(rank(least)).bind(label).bind(limit);
        let rows: Vec<SummaryRow> = list.owned_by(caller).fetch_all().await?;
        rows.into_iter().map(summary).collect()
    }

    /// The notes that contain a text, fifty at most.
    pub(crate) async fn search(
        &self,
        caller: &Caller,
        text: &str,
    ) -> Result<Vec<Summary>, NotebookError> {
        let search = sql!(
            "SELECT id, title, priority FROM notes
             WHERE owner = {owner} AND title || char(10) || body LIKE $1
             ORDER BY priority DESC, id LIMIT 50"
        );
        let search = self.db.select(search).like(contains(text)).owned_by(caller);
        let rows: Vec<SummaryRow> = search.fetch_all().await?;
        rows.into_iter().map(summary).collect()
    }

    /// One note.
    pub(crate) async fn read(&self, caller: &Caller, id: NoteId) -> Result<Note, NotebookError> {
        // A transaction, so that note, labels and facts are of the same moment.
        read(&mut self.db.reading().begin().await?, caller, id).await
    }

    /// All notes of a user, in the order of their numbers.
    pub(crate) async fn all(&self, caller: &Caller) -> Result<Vec<Note>, NotebookError> {
        let mut transaction = self.db.reading().begin().await?;
        let ids = sql!("SELECT id FROM notes WHERE owner = {owner} ORDER BY id");
        let ids: Vec<(i64,)> = transaction.select(ids).owned_by(caller).fetch_all().await?;
        let mut notes = Vec::new();
        for (id,) in ids {
            notes.push(read(&mut transaction, caller, NoteId(id)).await?);
        }
        Ok(notes)
    }

    /// Adds a note, unless there are too many.
    pub(crate) async fn add(&self, caller: &Caller, draft: Draft) -> Result<Note, NotebookError> {
        // It has the right to write from the beginning, so that nobody adds one between counting and adding.
        let mut transaction = self.db.begin().await?;
        let count = sql!("SELECT count(*) FROM notes WHERE owner = {owner}");
        let (count,): (i64,) = transaction.select(count).owned_by(caller).fetch_one().await?;
        if count >= CAPACITY {
            return Err(NotebookError::Full);
        }
        let add = sql!(
            "INSERT INTO notes (owner, title, body, priority, source)
             VALUES ({owner}, $1, $2, $3, $4) RETURNING id"
        );
        let add = transaction.change(add).bind(&draft.title).bind(&draft.body);
        let add = add.bind(rank(draft.priority)).bind(&draft.source).owned_by(caller);
        let (id,): (i64,) = add.fetch_one().await?;
        let id = NoteId(id);
        label(&mut transaction, caller, id, &draft.labels).await?;
        for (name, value) in &draft.facts {
            let add = sql!(
                "INSERT INTO facts (note, name, value)
                 SELECT id, $1, $2 FROM notes WHERE id = $3 AND owner = {owner}"
            );
            let add = transaction.change(add).bind(name.as_str()).bind(value.as_str()).bind(id.0);
            add.owned_by(caller).execute().await?;
        }
        let note = read(&mut transaction, caller, id).await?;
        transaction.commit().await?;
        Ok(note)
    }

    /// Changes a note.
    pub(crate) async fn change(
        &self,
        caller: &Caller,
        id: NoteId,
        changes: Changes,
    ) -> Result<Note, NotebookError> {
        let mut transaction = self.db.begin().await?;
        let change = sql!(
            "UPDATE notes SET title = coalesce($1, title), body = coalesce($2, body),
                 priority = coalesce($3, priority)
             WHERE id = $4 AND owner = {owner}"
        );
        let change = transaction.change(change).bind(changes.title).bind(changes.body);
        let change = change.bind(changes.priority.map(rank)).bind(id.0).owned_by(caller);
        one(change.execute().await?)?;
        if let Some(labels) = changes.labels {
            let clear = sql!(
                "DELETE FROM labels WHERE note = (SELECT id FROM notes WHERE id = $1 AND owner = {owner})"
            );
            transaction.change(clear).bind(id.0).owned_by(caller).execute().await?;
            label(&mut transaction, caller, id, &labels).await?;
        }
        let note = read(&mut transaction, caller, id).await?;
        transaction.commit().await?;
        Ok(note)
    }

    /// Deletes a note, with all that belongs to it.
    pub(crate) async fn delete(&self, caller: &Caller, id: NoteId) -> Result<(), NotebookError> {
        let delete = sql!("DELETE FROM notes WHERE id = $1 AND owner = {owner}");
        one(self.db.change(delete).bind(id.0).owned_by(caller).execute().await?)
    }

    /// Sets the reminder of a note.
    pub(crate) async fn remind(
        &self,
        caller: &Caller,
        id: NoteId,
        reminder: &Reminder,
    ) -> Result<(), NotebookError> {
        let set = sql!(
            "INSERT OR REPLACE INTO reminders (note, email, schedule)
             SELECT id, $1, $2 FROM notes WHERE id = $3 AND owner = {owner}"
        );
        let set = self.db.change(set).bind(&reminder.email).bind(reminder.schedule.to_string());
        one(set.bind(id.0).owned_by(caller).execute().await?)
    }

    /// True if there is such a note and it is this user's.
    pub(crate) async fn owns(&self, caller: &Caller, id: NoteId) -> Result<bool, SqlError> {
        let owns = sql!("SELECT 1 FROM notes WHERE id = $1 AND owner = {owner}");
        let row: Option<(i64,)> =
            self.db.select(owns).bind(id.0).owned_by(caller).fetch_optional().await?;
        Ok(row.is_some())
    }

    /// How many notes each user has.
    pub(crate) async fn usage(&self) -> Result<BTreeMap<String, u32>, SqlError> {
        let counts = sql!(
            "SELECT owner, count(*) FROM notes GROUP BY owner",
            shared = "administrators see how many there are, and nothing of them"
        );
        let counts: Vec<(String, u32)> = self.db.select(counts).fetch_all().await?;
        Ok(counts.into_iter().collect())
    }
}

async fn read<A>(
    transaction: &mut Transaction<A, Sqlite>,
    caller: &Caller,
    id: NoteId,
) -> Result<Note, NotebookError> {
    let note =
        sql!("SELECT title, body, priority, source FROM notes WHERE id = $1 AND owner = {owner}");
    let note = transaction.select(note).bind(id.0).owned_by(caller).fetch_optional();
    let note: Option<(String, String, i64, Option<String>)> = note.await?;
    let (title, body, rank, source) = note.ok_or(NotebookError::NoSuchNote)?;
    let labels = sql!(
        "SELECT label FROM labels JOIN notes ON notes.id = note
         WHERE note = $1 AND owner = {owner} ORDER BY label"
    );
    let labels: Vec<(String,)> =
        transaction.select(labels).bind(id.0).owned_by(caller).fetch_all().await?;
    let facts = sql!(
        "SELECT name, value FROM facts JOIN notes ON notes.id = note
         WHERE note = $1 AND owner = {owner}"
    );
    let facts: Vec<(String, String)> =
        transaction.select(facts).bind(id.0).owned_by(caller).fetch_all().await?;
    let labels = labels.into_iter().map(|(label,)| label).collect();
    let facts = facts.into_iter().collect();
    let (priority, owner) = (priority(rank)?, caller.subject().to_string());
    Ok(Note { id, title, body, priority, labels, facts, source, owner })
}

async fn label(
    transaction: &mut Transaction<ReadWrite, Sqlite>,
    caller: &Caller,
    id: NoteId,
    labels: &[Label],
) -> Result<(), SqlError> {
    for label in labels {
        let add = sql!(
            "INSERT OR IGNORE INTO labels (note, label)
             SELECT id, $1 FROM notes WHERE id = $2 AND owner = {owner}"
        );
        transaction.change(add).bind(label.as_str()).bind(id.0).owned_by(caller).execute().await?;
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
