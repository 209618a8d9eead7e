//! Why a server does not start, and what to do about it.

use std::fmt;
use std::io;

/// A server refused to start. The text says how to fix it.
#[derive(Debug)]
pub struct StartError {
    what: String,
    fix: String,
    source: Option<io::Error>,
}

impl StartError {
    pub(crate) fn new(what: impl Into<String>, fix: impl Into<String>) -> Self {
        StartError { what: what.into(), fix: fix.into(), source: None }
    }

    pub(crate) fn because(mut self, source: io::Error) -> Self {
        self.source = Some(source);
        self
    }

    /// What is wrong, with its cause, and what to do.
    #[cfg(feature = "config")]
    pub(crate) fn into_parts(self) -> (String, String) {
        let what = match self.source {
            Some(source) => format!("{}: {source}", self.what),
            None => self.what,
        };
        (what, self.fix)
    }

    pub(crate) fn randomness(source: io::Error) -> Self {
        StartError::new(
            "the operating system gives no random numbers",
            "allow the getrandom system call",
        )
        .because(source)
    }

    pub(crate) fn audit(source: io::Error) -> Self {
        StartError::new(
            "the audit log cannot be opened",
            "make its directory writable, or name another file with `--audit-file`",
        )
        .because(source)
    }
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)?;
        if let Some(source) = &self.source {
            write!(f, ": {source}")?;
        }
        write!(f, "\n  help: {}", self.fix)
    }
}

impl std::error::Error for StartError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|source| source as _)
    }
}
