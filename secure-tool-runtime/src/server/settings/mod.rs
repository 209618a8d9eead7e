//! What the operator of a server sets, apart from what its author writes: in a file and in the
//! environment.
//!
//! ```toml
//! # notes.toml
//! http = "0.0.0.0:8443"
//! allowed_hosts = ["mcp.example.com"]
//! audit_file = "/var/log/notes/audit.jsonl"
//!
//! [tls]
//! certificate = "/etc/ssl/mcp.pem"
//! key = "/etc/ssl/private/mcp.key"
//!
//! [oauth]
//! issuer = "https://login.example.com"
//! audience = "https://mcp.example.com/mcp"
//!
//! [limits]
//! drain_time = "30s"
//!
//! [redis]
//! url_file = "/run/credentials/notes/redis-url"
//! secret_file = "/run/credentials/notes/redis-secret"
//! ```
//!
//! `notes serve --config notes.toml` reads it, and `serve --check` says whether the server would start.
//! Each setting is a variable of the environment, too: `SECURE_TOOL__LIMITS__DRAIN_TIME=30s`, lists apart by
//! commas. Variables that are empty count as not set.
//!
//! # Which one counts
//!
//! The command line, before the environment, before the file, before what the program says. Settings are
//! read when the server starts, and only then. Keys of callers, certificates and policies in files that they name are
//! looked at again and again; secrets are not.
//!
//! # Secrets
//!
//! Passwords are in no file of settings: one that holds any is refused. They come from the environment
//! (`SECURE_TOOL__REDIS__URL`) or from a file of their own, which a setting names (`redis.url_file`) and which
//! not everybody may read. A file of settings that others can write to is refused as well.
//!
//! # All settings
//!
//! | setting | what it is |
//! | --- | --- |
//! | `http` | the address to serve on, or `systemd`; without it the server speaks stdio |
//! | `metrics` | the loopback address for Prometheus |
//! | `audit_file` | where audit records go, unless the program says |
//! | `allowed_hosts`, `allowed_origins` | as [`Server::allowed_hosts`], [`Server::allowed_origins`] |
//! | `failed_logins` | as [`Server::failed_logins`], such as `"30/min"` |
//! | `max_request`, `rate_capacity` | as [`Server::max_request`] (`"64KiB"`), [`Server::rate_capacity`] |
//! | `tls.certificate`, `tls.key` | the files of `Tls::files`; what the program says of clients stays |
//! | `tls.client_authorities`, `tls.clients` | whose client certificates count; `"required"` or `"optional"` |
//! | `tls.client_revocations` | their revocation lists |
//! | `proxy.reason`, `proxy.networks` | as [`Server::behind_proxy`] |
//! | `limits.*` | each of [`HttpLimits`](super::HttpLimits): `"10s"`, `"32KiB"`, numbers |
//! | `sessions.per_principal`, `.in_total`, `.idle` | as [`Sessions`](super::Sessions) |
//! | `oauth.issuer`, `.audience` | callers with tokens of this issuer, in place of the program's |
//! | `oauth.roles_claim`, `.scope_claim`, `.subject_prefix`, `.initial_scopes`, `.max_lifetime`, `.leeway` | as in `OAuth` |
//! | `oauth.client_id`, secret `oauth.client_secret` | credentials for introspection |
//! | `api_keys.file` | callers with these API keys, in place of the program's; both after `oauth` |
//! | secrets `redis.url`, `redis.secret` | the state that instances share |
//! | `redis.prefix`, `.wait`, `.on_outage`, `.instances` | as in `Redis`; `"refuse"` or `"local_share"` |
//!
//! What would do nothing is refused as well: `tls.clients` where no authorities are named, settings of
//! `oauth` without an issuer, of `redis` without a URL.

mod apply;
mod reader;
mod values;

use std::fmt;
use std::path::{Path, PathBuf};

use self::reader::Reader;
#[cfg(doc)]
use super::Server;
use super::StartError;

/// The settings of an operator. See the [module](self).
///
/// ```no_run
/// use secure_tool_runtime::prelude::*;
/// use secure_tool_runtime::server::settings::Settings;
///
/// # fn start(tools: ToolSet) -> Result<(), Box<dyn std::error::Error>> {
/// let settings = Settings::read(Some("notes.toml".as_ref()))?;
/// let users = DevelopmentUsers::new().user("alice", &["notes:read"], &[]);
/// let server = Server::new(tools).callers(users).settings(settings)?;
/// # Ok(())
/// # }
/// ```
///
/// [`Server::cli`](crate::Server::cli) reads and applies them by itself.
pub struct Settings {
    http: Option<String>,
    audit_file: Option<PathBuf>,
    rest: apply::Rest,
}

impl Settings {
    /// Reads a file, if there is one, and the environment.
    ///
    /// # Errors
    /// If the file cannot be read or others can write to it, if there is a setting that does not exist, with
    /// the nearest that does, if a value is not valid, or if a secret is where it must not be. All of it
    /// is told at once, and values are never repeated.
    pub fn read(file: Option<&Path>) -> Result<Self, StartError> {
        Self::from(file, std::env::vars_os())
    }

    fn from(
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (std::ffi::OsString, std::ffi::OsString)>,
    ) -> Result<Self, StartError> {
        let mut reader = Reader::open(file, environment)?;
        let settings = Settings {
            http: reader.text("http"),
            audit_file: reader.text("audit_file").map(PathBuf::from),
            rest: apply::Rest::read(&mut reader),
        };
        reader.finish()?;
        Ok(settings)
    }

    /// The address to serve on, or `systemd`; none to speak stdio.
    #[must_use]
    pub fn http(&self) -> Option<&str> {
        self.http.as_deref()
    }

    /// Where audit records are to go.
    #[must_use]
    pub fn audit_file(&self) -> Option<&Path> {
        self.audit_file.as_deref()
    }
}

/// No values: some are secret.
impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings").field("http", &self.http).finish_non_exhaustive()
    }
}

#[cfg(all(test, unix))]
mod tests;
