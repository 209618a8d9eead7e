//! What goes wrong with programs: one sentence for the client, the cause for the log.

use std::error::Error;
use std::fmt;
use std::io;

use super::Exit;
use crate::PublicError;
use crate::files::FileError;

/// Why a program was not run, or to no good end.
///
/// What a client is told has nothing of the program, its arguments or its output. The cause is a
/// `tracing` event at the target `secure_tool::command`, without arguments and output.
#[derive(Debug)]
#[non_exhaustive]
pub enum CommandError {
    /// An argument is none that the program may have, or there are too many. For the log: why.
    Refused(&'static str),
    /// The directory cannot be used.
    Directory(FileError),
    /// As many runs as may are running, and none of them ended in time.
    Busy,
    /// The program cannot be confined.
    Confinement(Box<dyn Error + Send + Sync>),
    /// The program could not be started or watched.
    System(io::Error),
    /// It was not done within [`Program::timeout`](super::Program::timeout).
    TimedOut,
    /// It wrote more than [`Program::max_output`](super::Program::max_output) or
    /// [`Program::max_errors`](super::Program::max_errors).
    TooMuchOutput,
    /// It had more processes than [`Program::max_processes`](super::Program::max_processes).
    TooManyProcesses,
    /// Its processes used more processor time together than [`Program::max_cpu`](super::Program::max_cpu).
    TooMuchTime,
    /// They had more in memory together than [`Program::max_memory`](super::Program::max_memory).
    TooMuchMemory,
    /// It ended with a code that is not accepted, or by a signal: that of its limit of processor time
    /// (`SIGXCPU`) or file size (`SIGXFSZ`), for one. A program that gets no more memory ends as it likes.
    Failed(Exit),
}

impl CommandError {
    /// Tells the log why.
    pub(super) fn logged(self, program: &str) -> Self {
        tracing::warn!(target: "secure_tool::command", program, cause = %self, "not run to the end");
        self
    }
}

impl From<io::Error> for CommandError {
    fn from(error: io::Error) -> Self {
        Self::System(error)
    }
}

impl From<rustix::io::Errno> for CommandError {
    fn from(error: rustix::io::Errno) -> Self {
        Self::System(error.into())
    }
}

impl PublicError for CommandError {
    fn public(&self) -> Option<&'static str> {
        Some(match self {
            Self::Refused(_) => "An argument is not acceptable. Change it and call again.",
            Self::Directory(error) => return error.public(),
            Self::Busy => "Too many of these are running. Call again in a moment.",
            Self::TimedOut | Self::TooMuchTime => {
                "This took too long and was stopped. Ask for less at once."
            }
            Self::TooMuchOutput => {
                "The result is larger than may be returned. Ask for less at once."
            }
            Self::TooManyProcesses | Self::TooMuchMemory | Self::Failed(_) => {
                "The program did not succeed. Check the arguments and call again."
            }
            Self::Confinement(_) | Self::System(_) => return None,
        })
    }
}

impl fmt::Display for CommandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(what) => write!(f, "refused: {what}"),
            Self::Directory(error) => write!(f, "directory: {error}"),
            Self::Busy => f.write_str("too many runs at a time"),
            Self::Confinement(error) => write!(f, "it cannot be confined: {error}"),
            Self::System(error) => {
                write!(f, "system: {}, error {:?}", error.kind(), error.raw_os_error())
            }
            Self::TimedOut => f.write_str("out of time"),
            Self::TooMuchOutput => f.write_str("too much output"),
            Self::TooManyProcesses => f.write_str("too many processes"),
            Self::TooMuchTime => f.write_str("too much processor time"),
            Self::TooMuchMemory => f.write_str("too much memory"),
            Self::Failed(exit) => write!(f, "it ended with {exit}"),
        }
    }
}

impl Error for CommandError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Directory(error) => Some(error),
            Self::Confinement(error) => Some(&**error),
            Self::System(error) => Some(error),
            _ => None,
        }
    }
}
