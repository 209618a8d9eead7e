//! Secrets of the server: loaded at start, kept out of everything that leaves.
//!
//! `#[derive(Secrets)]` on a struct says which there are. [`Secrets::load`] fills it, or says at once, by
//! name and never by value, all that is missing or wrong.
//!
//! ```no_run
//! use secure_tool_runtime::prelude::*;
//!
//! #[derive(Secrets)]
//! #[secret(prefix = "SHOP_")]
//! struct Keys {
//!     /// `SHOP_DATABASE_PASSWORD`
//!     database_password: SecretString,
//!     #[secret(env = "STRIPE_KEY", begins(production = "rk_live_", staging = "rk_test_"))]
//!     stripe: SecretString,
//!     /// May be missing.
//!     sentry: Option<SecretString>,
//! }
//!
//! # fn main() -> Result<(), secure_tool_runtime::server::StartError> {
//! let keys = Keys::load()?;
//! let password: &str = keys.database_password.expose_secret();
//! # Ok(())
//! # }
//! ```
//!
//! # Where they come from
//!
//! A secret `NAME` comes from exactly one of these; two at once are refused:
//!
//! - the environment variable `NAME`,
//! - the file that the variable `NAME_FILE` names, as Docker and Kubernetes have it,
//! - the file `$CREDENTIALS_DIRECTORY/name`, where systemd puts what `LoadCredential=name:…` says. `name` is
//!   that of the field, unless `#[secret(credential = "…")]` says otherwise.
//!
//! Prefer files: the environment of a process can be read by all processes of its user, and is inherited.
//! A line feed at the end of a file does not count.
//!
//! # What is refused
//!
//! - What is missing, unless its type is `Option<SecretString>`; what is empty, or set twice.
//! - Fewer than [`SHORTEST`] bytes, which could not be told from other text (below); more than [`LONGEST`];
//!   white space around it; what is not UTF-8.
//! - Placeholders: `changeme`, `your-api-key-here`, `<token>`, `${TOKEN}`, `xxxxxxxx` and their kin.
//! - What belongs to another environment. The environment's name is in the variable
//!   `SECURE_TOOL_ENVIRONMENT`, and is `production` if that is not set. `begins(production = "rk_live_",
//!   staging = "rk_test_")` says how values begin where; a value that begins otherwise is refused. Without
//!   it, a value is refused in production if one of its first words is `test`, `staging`, `sandbox` or `dev`, as in
//!   `sk_test_…`, and anywhere else if one is `live` or `prod`; of a URL, the names of its host count.
//! - Files that others can write to or read. Of a file that belongs to root its group may read, for that is
//!   how systemd and Kubernetes (`fsGroup`) hand one over; of any other nobody but its owner. Rights are
//!   looked at on Unix only.
//! - What git tracks: a file that is named by `NAME_FILE`, and a `.env` that sets `NAME`, in the working
//!   directory or above it, up to the root of the working copy. The index of git says what is tracked; one
//!   that is split, sparse or too large to be read is refused. What is neither tracked nor ignored is not found.
//!
//! # What becomes of them
//!
//! The struct is no input or output of tools, and has no `Debug`, `Serialize` or schema: adding one does
//! not compile. Values are wiped from memory when it is dropped.
//!
//! Loading a secret puts it under **guard**, for all servers of the process and as long as it runs: in
//! results (text, structured content, names of fields), errors, questions, texts of progress, audit
//! records and what [`Server::cli`](crate::Server::cli) logs, [`REPLACEMENT`] stands for it. The audit
//! record counts how often (`secrets_replaced`). Found are
//!
//! - the value itself, in upper or lower case, and with the escapes of JSON or of `{:?}`,
//! - within any longer text: its base64 (standard or URL-safe, at each of the three alignments), its hex,
//!   and its percent-encoding (all but unreserved characters, or as `encodeURIComponent` does),
//! - the password in a value that is a URL, and each longer line in a value of several, such as a key in PEM.
//!
//! Pictures and sound that hold one are dropped. Not found are parts, values that are taken apart, put
//! together by the client or encoded otherwise (base64 broken into lines, twice encoded, compressed),
//! what a handler sends by [`Context::client`](crate::Context::client), and prompts or resources of a
//! [`Server::handler`](crate::Server::handler). A password that is a common word makes that word
//! disappear: choose random ones. The guard keeps copies that are not wiped.
//!
//! Values that come from elsewhere (a vault, a rotation) are put under guard by [`guard()`]; texts that take another way are searched with [`replace()`].
//!
//! Source: checklist, “Secrets Management”; “API keys are not logged or exposed”.

mod file;
mod git;
pub(crate) mod guard;
mod judge;
mod load;
mod probe;
mod sources;
#[cfg(test)]
mod tests;

pub use secrecy::{ExposeSecret, SecretString};

pub use self::guard::{MOST, REPLACEMENT, TooMany, guard, replace};
pub use self::judge::{LONGEST, SHORTEST};
#[doc(hidden)]
pub use self::load::{Declared, Field, FieldOf, fill, has_to_be_a_secret};
#[doc(hidden)]
pub use self::probe::{Lacks, Probe, secrets_must_lack};
pub use self::sources::Sources;

use crate::server::StartError;

/// A struct of secrets. Implemented by `#[derive(Secrets)]`.
///
/// The keys of `#[secret(…)]`: on the struct `prefix = "…"`, before the names of all variables, and
/// `crate = path`; on a field `env = "…"`, the whole name of its variable, `credential = "…"`, its name
/// among systemd's credentials, and `begins(environment = "…", …)`. See [the module](self).
pub trait Secrets: Sized {
    /// Loads all, from the environment and files of the process, and puts them under guard.
    ///
    /// # Errors
    /// If any is missing or refused: all of them, with what to do.
    fn load() -> Result<Self, StartError> {
        Self::load_from(&Sources::of_the_process())
    }

    /// Loads all from sources of your choice; for tests.
    ///
    /// # Errors
    /// As [`Secrets::load`].
    fn load_from(sources: &Sources) -> Result<Self, StartError>;
}
