//! Git repositories beneath the directory, whoever filled them.
//!
//! A repository brings a configuration of its own, and Git runs programs that it names: a file system
//! monitor, converters of diffs, a pager, `ssh`, `gpg`. So each is switched off here, twice: by what Git is
//! told, and by what it is let execute, which is itself and the loader of programs. Whatever it shows is the words
//! of who committed it.

use std::io;
use std::path::Path;

use secure_tool_runtime::command::{Command, CommandError, Runner};
use secure_tool_runtime::files::ReadOnly;
use secure_tool_runtime::prelude::*;
use secure_tool_runtime::server::StartError;

const GIT: Program = Program::at(&["/usr/bin/git", "/usr/local/bin/git"])
    .environment(&[
        ("LANG", "C.UTF-8"),
        // The configuration of the machine and of the user is none of a client's business.
        ("GIT_CONFIG_NOSYSTEM", "1"),
        ("GIT_CONFIG_GLOBAL", "/dev/null"),
        ("GIT_ATTR_NOSYSTEM", "1"),
        // Nothing is fetched, whatever a repository lacks, and nobody is asked for a password.
        ("GIT_ALLOW_PROTOCOL", "none"),
        ("GIT_NO_LAZY_FETCH", "1"),
        ("GIT_TERMINAL_PROMPT", "0"),
        // Nothing is written, not even an index that is out of date.
        ("GIT_OPTIONAL_LOCKS", "0"),
        // History as it was recorded.
        ("GIT_NO_REPLACE_OBJECTS", "1"),
    ])
    .max_output(200_000);

/// Before the subcommand: where the repository is, and what its own configuration does not decide.
const SETTINGS: &[&str] = &[
    "--no-pager",
    "--literal-pathspecs",
    // This one and none above it.
    "--git-dir=.git",
    "--work-tree=.",
    "-c",
    "safe.directory=*",
    "-c",
    "core.fsmonitor=false",
    "-c",
    "core.hooksPath=/dev/null",
    "-c",
    "core.attributesFile=/dev/null",
    "-c",
    "core.sshCommand=false",
    "-c",
    "core.gitProxy=",
    "-c",
    "gpg.program=false",
    "-c",
    "log.showSignature=false",
    "-c",
    "credential.helper=",
    "-c",
    "protocol.allow=never",
    "-c",
    "submodule.recurse=false",
];

/// After the subcommand: no program shows or converts anything.
const PLAIN: &[&str] = &["--no-color", "--no-ext-diff", "--no-textconv", "--ignore-submodules=all"];

pub(crate) struct Git {
    git: Runner,
    root: Root<ReadOnly>,
}

impl Git {
    pub(crate) fn open(directory: &Path) -> Result<Self, OpenError> {
        Ok(Git { git: GIT.open()?, root: Root::read_only(directory)? })
    }

    /// A subcommand in a repository, without what clients send.
    fn within(&self, repository: &SafePath, subcommand: &'static str) -> Command {
        let git = self.git.command().within_directory(&self.root, repository);
        git.literals(SETTINGS).literal(subcommand).literals(PLAIN).cut()
    }
}

/// Why there are no tools for Git.
#[derive(Debug)]
pub(crate) enum OpenError {
    Program(StartError),
    Directory(io::Error),
}

impl From<StartError> for OpenError {
    fn from(error: StartError) -> Self {
        OpenError::Program(error)
    }
}

impl From<io::Error> for OpenError {
    fn from(error: io::Error) -> Self {
        OpenError::Directory(error)
    }
}

impl std::fmt::Display for OpenError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            OpenError::Program(error) => error.fmt(f),
            OpenError::Directory(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for OpenError {}

/// Where a name of a commit ends, and those of files begin.
const REVISIONS: &str = "--end-of-options";
const PATHS: &str = "--";

#[secure_tools]
impl Git {
    /// List commits, the newest first.
    #[secure_tool(scope = "git:read", effect = read, max_output = "512KiB")]
    async fn git_log(
        &self,
        /// The directory of the repository.
        repository: SafePath,
        /// From which commit on, such as `main` or `v1.0`; the current one if nothing is said.
        revision: Option<Argument<200>>,
        /// Only commits that changed this file or directory.
        path: Option<SafePath>,
        /// How many at most; 20 if nothing is said.
        #[validate(range(min = 1, max = 500))]
        limit: Option<u16>,
    ) -> Result<Untrusted<String>, CommandError> {
        let log = self.within(&repository, "log").literal("--date=iso-strict");
        let log = log.option("--max-count", limit.unwrap_or(20)).literal(REVISIONS);
        let log = match &revision {
            Some(revision) => log.value(revision),
            None => log.literal("HEAD"),
        };
        let log = path.iter().fold(log.literal(PATHS), |log, path| log.value(path));
        Ok(log.run().await?.untrusted_text())
    }

    /// Show what changed between two commits.
    #[secure_tool(scope = "git:read", effect = read, max_output = "512KiB")]
    async fn git_diff(
        &self,
        /// The directory of the repository.
        repository: SafePath,
        /// The older commit.
        from: Argument<200>,
        /// The newer commit; the current one if nothing is said.
        to: Option<Argument<200>>,
        /// Only this file or directory.
        path: Option<SafePath>,
    ) -> Result<Untrusted<String>, CommandError> {
        // Two commits, never the files of the work tree: those are converted by programs that the
        // repository names.
        let diff = self.within(&repository, "diff").literal(REVISIONS).value(&from);
        let diff = match &to {
            Some(to) => diff.value(to),
            None => diff.literal("HEAD"),
        };
        let diff = path.iter().fold(diff.literal(PATHS), |diff, path| diff.value(path));
        Ok(diff.run().await?.untrusted_text())
    }

    /// Show one commit with its changes, or another object.
    #[secure_tool(scope = "git:read", effect = read, max_output = "512KiB")]
    async fn git_show(
        &self,
        /// The directory of the repository.
        repository: SafePath,
        /// Which, such as `HEAD~2`, or `v1.0:README.md` for a file as it was.
        revision: Argument<200>,
    ) -> Result<Untrusted<String>, CommandError> {
        let show = self.within(&repository, "show").literal("--date=iso-strict").literal(REVISIONS);
        Ok(show.value(&revision).literal(PATHS).run().await?.untrusted_text())
    }
}
