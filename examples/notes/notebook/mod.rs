//! The tools of the notebook.
//!
//! What a tool may do stands in its attribute: who may call it, what it does to the world, how often
//! and how much. What a client may send stands in its parameters; what it gets back, in [`output`].

mod error;
mod input;
mod output;
mod policies;
mod store;

use std::collections::BTreeMap;
use std::error::Error;

use secure_tool_runtime::prelude::*;
use secure_tool_runtime::sql::SqlError;

use self::error::NotebookError;
use self::input::{Label, NoteId, Priority, Reminder, Title};
use self::output::{Deleted, Note, Notes, ReminderSet};
use self::policies::own_mailbox;
use self::store::{Changes, Draft, Store};

/// The notes of all users. Every tool works on those of its caller only.
pub(crate) struct Notebook {
    store: Store,
}

impl Notebook {
    /// Opens the notebook that the environment variable `NOTES_DB` names, else a new one in memory.
    pub(crate) async fn open() -> Result<Self, Box<dyn Error>> {
        let file = std::env::var_os("NOTES_DB");
        Ok(Notebook { store: Store::open(file.as_deref().map(AsRef::as_ref)).await? })
    }
}

/// Three users to try it with. Each gets a new token whenever the server starts.
pub(crate) fn users() -> DevelopmentUsers {
    let scopes = &["notes:read", "notes:write"];
    DevelopmentUsers::new().user("alice", scopes, &[]).user("bob", scopes, &[]).user(
        "admin",
        scopes,
        &["admin"],
    )
}

#[secure_tools]
impl Notebook {
    /// List the caller's notes, the most urgent first.
    #[secure_tool(scope = "notes:read", effect = read)]
    async fn list_notes(
        &self,
        caller: &Caller,
        /// Only notes with this label.
        label: Option<Label>,
        /// Only notes that are at least as urgent.
        priority: Option<Priority>,
        /// How many at most; 20 if nothing is said.
        #[validate(range(min = 1, max = 100))]
        limit: Option<u8>,
    ) -> Result<Notes, NotebookError> {
        let label = label.as_deref();
        let least = priority.unwrap_or(Priority::Low);
        let notes = self.store.list(caller, label, least, limit.unwrap_or(20)).await?;
        Ok(Notes { notes })
    }

    /// Read one of the caller's notes.
    #[secure_tool(scope = "notes:read", effect = read)]
    async fn read_note(
        &self,
        caller: &Caller,
        /// Which one.
        id: NoteId,
    ) -> Result<Note, NotebookError> {
        self.store.read(caller, id).await
    }

    /// Add a note to the caller's notebook.
    #[secure_tool(scope = "notes:write", effect = write, rate = "60/min", burst = 20)]
    #[allow(clippy::too_many_arguments)]
    async fn add_note(
        &self,
        caller: &Caller,
        /// Title shown in lists.
        title: Title,
        /// The text.
        #[validate(length(max = 10_000))]
        body: String,
        /// How urgent it is; `normal` if nothing is said.
        priority: Option<Priority>,
        /// Labels to find the note by.
        labels: Option<List<Label, 0, 10>>,
        /// Facts about the note, by name.
        #[validate(length(max = 20))]
        facts: Option<BTreeMap<Text<1, 32>, Text<0, 200>>>,
        /// The page that the note is about.
        #[validate(length(max = 2000), url)]
        source: Option<String>,
    ) -> Result<Note, NotebookError> {
        let draft = Draft {
            title: title.0,
            body,
            source,
            priority: priority.unwrap_or(Priority::Normal),
            labels: labels.map(List::into_vec).unwrap_or_default(),
            facts: facts.unwrap_or_default(),
        };
        self.store.add(caller, draft).await
    }

    /// Change one of the caller's notes. What is left out stays as it is.
    #[secure_tool(scope = ["notes:read", "notes:write"], effect = write, idempotent)]
    async fn edit_note(
        &self,
        caller: &Caller,
        /// Which one.
        id: NoteId,
        /// The new title.
        title: Option<Title>,
        /// The new text.
        #[validate(length(max = 10_000))]
        body: Option<String>,
        /// How urgent it is now.
        priority: Option<Priority>,
        /// Its labels from now on.
        labels: Option<List<Label, 0, 10>>,
    ) -> Result<Note, NotebookError> {
        let changes = Changes {
            title: title.map(|title| title.0),
            body,
            priority,
            labels: labels.map(List::into_vec),
        };
        self.store.change(caller, id, changes).await
    }

    /// Delete one of the caller's notes for good.
    #[secure_tool(
        scope = "notes:write",
        policy = Self::own_note,
        effect = destructive,
        rate = "60/min",
        allow(generous_rate, reason = "people tidy up a whole notebook in one go"),
    )]
    async fn delete_note(
        &self,
        caller: &Caller,
        /// Which one.
        id: NoteId,
    ) -> Result<Deleted, NotebookError> {
        self.store.delete(caller, id).await?;
        Ok(Deleted { id })
    }

    /// Remind the caller of a note by mail. A reminder that was set before is replaced.
    #[secure_tool(
        title = "Remind me",
        scope = "notes:write",
        policy = own_mailbox,
        effect = write,
        idempotent,
        open_world,
    )]
    async fn remind_me(
        &self,
        caller: &Caller,
        /// Of which note.
        id: NoteId,
        /// When, and where to.
        reminder: Reminder,
    ) -> Result<ReminderSet, NotebookError> {
        self.store.remind(caller, id, &reminder).await?;
        Ok(ReminderSet { id, schedule: reminder.schedule.to_string(), email: reminder.email })
    }

    /// Find the caller's notes that contain a text, in title or body.
    #[secure_tool(
        title = "Search notes",
        scope = "notes:read",
        effect = read,
        expensive,
        per = client,
        timeout = "5s",
        concurrency = 2,
        max_output = "64KiB",
    )]
    async fn search_notes(
        &self,
        caller: &Caller,
        /// The text to look for; upper and lower case are the same.
        #[validate(length(min = 2, max = 100))]
        text: String,
    ) -> Result<Notes, NotebookError> {
        Ok(Notes { notes: self.store.search(caller, &text).await? })
    }

    /// The caller's whole notebook as Markdown.
    #[secure_tool(
        name = "notebook.export",
        title = "Export the notebook",
        scope = "notes:read",
        effect = read,
        expensive,
        max_output = "256KiB",
    )]
    async fn export(&self, context: &Context) -> Result<String, NotebookError> {
        let caller = context.caller();
        let notes = self.store.all(caller).await?;
        let sections = notes.iter().map(Note::to_markdown).collect::<String>();
        let (owner, reference) = (caller.subject(), context.reference());
        Ok(format!("# Notes of {owner}\n{sections}\n(export {reference})\n"))
    }

    /// Count the notes of each user.
    // Any error will do. This one is not public, so a client gets a reference id and no more.
    #[secure_tool(role = "admin", effect = read, rate = "30/min", per = tool)]
    async fn usage(&self) -> Result<BTreeMap<String, u32>, SqlError> {
        self.store.usage().await
    }

    /// A policy sees the caller and the input. It answers the same for a note of somebody else and
    /// for one that does not exist.
    async fn own_note(
        &self,
        caller: &Caller,
        input: &DeleteNoteInput,
    ) -> Result<Decision, SqlError> {
        self.store.owns(caller, input.id).await.map(Decision::allow_if)
    }
}

/// Say what this server is for.
#[secure_tool(public = "tells nothing about anybody", effect = read)]
pub(crate) async fn about() -> &'static str {
    "A notebook for several users. Everybody sees their own notes only."
}
