//! What a run came to.

use std::fmt;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;

use super::Confinement;
use crate::output::{Untrusted, clean};

/// How a program ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// By itself, with this code: 0 is success.
    Code(u8),
    /// By this signal: 9 is `SIGKILL`.
    Signal(i32),
}

impl From<ExitStatus> for Exit {
    fn from(status: ExitStatus) -> Self {
        match status.code().map(u8::try_from) {
            Some(Ok(code)) => Self::Code(code),
            _ => Self::Signal(status.signal().unwrap_or_default()),
        }
    }
}

impl fmt::Display for Exit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code(code) => write!(f, "code {code}"),
            Self::Signal(signal) => write!(f, "signal {signal}"),
        }
    }
}

/// A run that ended as it may.
#[derive(Clone, PartialEq, Eq)]
pub struct Finished {
    /// How it ended. [`Exit::Signal`] only where output was [cut](super::Command::cut).
    pub exit: Exit,
    /// What it wrote to standard output, as it is.
    pub stdout: Vec<u8>,
    /// What it wrote to standard error, as it is. It may tell more than a client should know.
    pub stderr: Vec<u8>,
    /// True if it would have written more.
    pub is_cut: bool,
    /// What it was held by.
    pub confinement: Confinement,
}

impl Finished {
    /// Standard output as text, cleaned as all output is; what is not UTF-8 becomes `�`.
    #[must_use]
    pub fn text(&self) -> String {
        clean(String::from_utf8_lossy(&self.stdout).into_owned())
    }

    /// The same, marked as what others may have written on its way to a model: for programs that show
    /// what is in files, repositories or mails.
    #[must_use]
    pub fn untrusted_text(&self) -> Untrusted<String> {
        Untrusted::new(self.text(), "the output of a program")
    }
}

/// Sizes only: what a program writes belongs into no log.
impl fmt::Debug for Finished {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Finished")
            .field("exit", &self.exit)
            .field("stdout", &self.stdout.len())
            .field("stderr", &self.stderr.len())
            .field("is_cut", &self.is_cut)
            .field("confinement", &self.confinement)
            .finish()
    }
}
