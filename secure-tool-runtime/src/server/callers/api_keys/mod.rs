//! API keys: for programs that no authorization server knows.
//!
//! A key is `stk_` and 256 random bits. The server keeps its SHA-256 alone, which is enough for a key
//! that nobody could guess; clients send it as `Authorization: Bearer stk_…`.
//!
//! ```console
//! $ notes keys new --name nightly --scope notes:read
//! stk_…                                             (standard output: the key, once)
//! {"name":"nightly","hash":"sha256:…", …}           (standard error: its entry)
//! ```
//!
//! Entries, one JSON object each, go into a file that others cannot read or write, or into a variable
//! of the environment. `keys hash` makes the entry of a key on standard input. The file is
//! read again when it changes: to rotate a key add the new entry, give the key to the client, and remove
//! the old one. Two entries may have one name, and are one caller. A new content that is not valid is
//! logged, and the old one stays.
//!
//! An entry with `"expires":"2027-01-31"` (or `"2027-01-31T12:00:00Z"`, in UTC) is good for nothing from then on,
//! by the clock of this machine; `keys new --days 90` writes one.
//!
//! The caller of the key `nightly` has the subject `key:nightly`, which no issuer of access tokens can
//! make.

mod expiry;
mod file;
#[cfg_attr(not(feature = "cli"), allow(dead_code, unused_imports, reason = "`keys` makes them"))]
pub(crate) mod key;
mod table;

use std::env;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock, Weak};
use std::time::{Duration, SystemTime};

use self::file::Watched;
use self::table::{Found, Table};
use super::{Authenticate, Callers, Judgement, Presented, Refused, Verdict};
use crate::server::StartError;
use crate::server::reload::Looks;

/// What keys begin with.
pub(crate) const PREFIX: &str = "stk_";

/// What the subjects of their callers begin with.
const SUBJECT: &str = "key:";

/// How often a file of entries is looked at.
const LOOK: Duration = Duration::from_secs(2);

/// Callers with API keys. See the [module](self).
///
/// Nothing is read before the server starts; then it refuses with what to correct.
#[derive(Debug, Clone)]
pub struct ApiKeys {
    source: Source,
    look: Duration,
}

#[derive(Debug, Clone)]
enum Source {
    Variable(String),
    File(PathBuf),
}

impl ApiKeys {
    /// Entries in a variable of the environment, apart by white space.
    #[must_use]
    pub fn from_env(variable: impl Into<String>) -> Self {
        ApiKeys { source: Source::Variable(variable.into()), look: LOOK }
    }

    /// Entries in a file, one a line; `#` begins a comment. It is looked at every two seconds.
    ///
    /// Nobody but its owner may write to it, and not everybody may read it.
    #[must_use]
    pub fn from_file(path: impl Into<PathBuf>) -> Self {
        ApiKeys { source: Source::File(path.into()), look: LOOK }
    }

    /// How often the file is looked at, instead of every two seconds.
    #[must_use]
    pub fn look_every(mut self, time: Duration) -> Self {
        self.look = time.max(Duration::from_millis(1));
        self
    }

    /// Must be called within a Tokio runtime.
    fn open(self) -> Result<Arc<dyn Authenticate>, StartError> {
        match self.source {
            Source::Variable(name) => Ok(Held::new(from_variable(&name)?)),
            Source::File(path) => {
                let (watched, table) = Watched::open(path)?;
                let held = Held::new(table);
                tokio::spawn(watch(Arc::downgrade(&held), watched, Looks::new(), self.look));
                Ok(held)
            }
        }
    }
}

impl From<ApiKeys> for Callers {
    fn from(keys: ApiKeys) -> Self {
        Callers::over_http("api keys", move || keys.open())
    }
}

fn from_variable(name: &str) -> Result<Table, StartError> {
    let text = env::var(name).map_err(|_| {
        StartError::new(
            format!("the environment variable {name} with the API keys is not set"),
            "set it to entries as `keys new` prints them",
        )
    })?;
    Table::parse(&text).map_err(|error| {
        StartError::new(
            format!("the environment variable {name} has no valid API keys: {}", error.0),
            "write entries as `keys new` and `keys hash` print them",
        )
    })
}

/// The keys that are valid now.
struct Held(RwLock<Arc<Table>>);

impl Held {
    fn new(table: Table) -> Arc<Self> {
        Arc::new(Held(RwLock::new(Arc::new(table))))
    }

    fn table(&self) -> Arc<Table> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn replace(&self, table: Table) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(table);
    }
}

impl Authenticate for Held {
    fn judge<'a>(&'a self, presented: &Presented<'a>) -> Judgement<'a> {
        let Some(token) = presented.token().filter(|token| token.starts_with(PREFIX)) else {
            return Verdict::NotMine.into();
        };
        let table = self.table();
        // What has not the form of a key is not worth a digest.
        match key::is_key(token).then(|| table.find(token, SystemTime::now())).flatten() {
            Some(Found::Valid(caller)) => Verdict::Known(caller.clone()).into(),
            Some(Found::Expired) => Verdict::Refused(Refused::Because("expired")).into(),
            None => Verdict::Refused(Refused::UnknownToken).into(),
        }
    }
}

impl fmt::Debug for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ApiKeys").field(&self.table()).finish()
    }
}

/// Reads the file again whenever it changes, for as long as somebody uses the keys.
async fn watch(held: Weak<Held>, mut watched: Watched, mut looks: Looks, every: Duration) {
    loop {
        looks.next(every).await;
        let looked = tokio::task::spawn_blocking(move || {
            let changed = watched.changed();
            (watched, changed)
        });
        let Ok((back, changed)) = looked.await else { return };
        watched = back;
        let Some(held) = held.upgrade() else { return };
        match changed {
            None => {}
            Some(Ok(table)) => {
                tracing::info!(target: "secure_tool", keys = table.len(), "the API keys were read again");
                held.replace(table);
            }
            Some(Err(error)) => {
                tracing::error!(target: "secure_tool", %error, "the API keys stay as they were");
            }
        }
    }
}
