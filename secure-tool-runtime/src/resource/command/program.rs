//! What is said of a program in code, before anything is looked at.

use std::time::Duration;

use super::Runner;
use crate::server::StartError;

/// A program, as code describes it: where it is, what it may use, how much and how long.
///
/// It is made in a `const` and [opened](Self::open) when the server starts. Everything in it is a
/// literal: nothing that a client or a configuration sends chooses a program or its environment.
///
/// ```
/// use secure_tool_runtime::command::Program;
/// const GIT: Program = Program::at(&["/usr/bin/git", "/usr/local/bin/git"])
///     .environment(&[("LANG", "C.UTF-8")])
///     .max_output(200_000);
/// ```
#[derive(Debug, Clone, Copy)]
#[must_use = "open it"]
pub struct Program {
    pub(super) paths: &'static [&'static str],
    pub(super) environment: &'static [(&'static str, &'static str)],
    pub(super) reads: &'static [&'static str],
    pub(super) executes: &'static [&'static str],
    pub(super) interpreter: Option<&'static str>,
    pub(super) sandbox: Sandbox,
    pub(super) network: bool,
    pub(super) separator: bool,
    pub(super) at_once: usize,
    pub(super) limits: Limits,
}

/// Whether a program runs where the kernel cannot confine it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sandbox {
    /// No: the server does not start. Files and signals are guarded as of Linux 6.12. The default.
    Required,
    /// Yes, with what the kernel has. [`Confinement`](super::Confinement) and the audit record say what
    /// that was.
    BestEffort,
}

/// How much a run may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    pub(super) time: Duration,
    pub(super) cpu: u64,
    pub(super) memory: u64,
    pub(super) file: u64,
    pub(super) processes: usize,
    pub(super) output: usize,
    pub(super) errors: usize,
}

impl Program {
    /// The program that is at the first of these absolute paths at which there is anything.
    pub const fn at(paths: &'static [&'static str]) -> Self {
        Program {
            paths,
            environment: &[],
            reads: &[],
            executes: &[],
            interpreter: None,
            sandbox: Sandbox::Required,
            network: false,
            separator: true,
            at_once: 4,
            limits: Limits {
                time: Duration::from_secs(10),
                cpu: 10,
                memory: 1 << 30,
                file: 16 << 20,
                processes: 16,
                output: 1 << 20,
                errors: 64 << 10,
            },
        }
    }

    /// The whole environment of the program: names and values. By default it is empty; not even
    /// `PATH` is there.
    pub const fn environment(mut self, variables: &'static [(&'static str, &'static str)]) -> Self {
        self.environment = variables;
        self
    }

    /// What it may read beside the system's libraries, the data in `/usr`, and its directory: absolute
    /// paths of files and directories.
    pub const fn reads(mut self, paths: &'static [&'static str]) -> Self {
        self.reads = paths;
        self
    }

    /// Programs that it may start, and directories of such: absolute paths. By default none but itself.
    pub const fn executes(mut self, paths: &'static [&'static str]) -> Self {
        self.executes = paths;
        self
    }

    /// Lets it use the network. By default it can make no sockets, local ones included.
    pub const fn network(mut self) -> Self {
        self.network = true;
        self
    }

    /// Admits a shell or an interpreter, which takes text for a program: say why it cannot be anything
    /// else, and see to it that no client has a word in that text.
    pub const fn interpreter(mut self, reason: &'static str) -> Self {
        self.interpreter = Some(reason);
        self
    }

    /// What to do where the kernel cannot confine it. By default [`Sandbox::Required`].
    pub const fn sandbox(mut self, sandbox: Sandbox) -> Self {
        self.sandbox = sandbox;
        self
    }

    /// Declares that the program does not know `--`, which otherwise stands before what clients send.
    /// Values that begin with `-` are refused all the same.
    pub const fn without_separator(mut self) -> Self {
        self.separator = false;
        self
    }

    /// How many may run at the same time. By default 4. Others wait, for [`Program::timeout`] at most.
    pub const fn at_once(mut self, runs: usize) -> Self {
        self.at_once = runs;
        self
    }

    /// The longest that a run may take, by the clock. By default 10 seconds.
    pub const fn timeout(mut self, time: Duration) -> Self {
        self.limits.time = time;
        self
    }

    /// The most processor time that a run may use, in seconds: each process, and all of them together. By
    /// default 10.
    pub const fn max_cpu(mut self, seconds: u64) -> Self {
        self.limits.cpu = seconds;
        self
    }

    /// The most address space that a process may have, and the most bytes that all of a run may have in memory
    /// together. By default 1 GiB. Programs with a garbage collector may reserve far more than they use.
    pub const fn max_memory(mut self, bytes: u64) -> Self {
        self.limits.memory = bytes;
        self
    }

    /// The most bytes that a file may have which it writes. By default 16 MiB.
    pub const fn max_file(mut self, bytes: u64) -> Self {
        self.limits.file = bytes;
        self
    }

    /// The most processes that a run may have at a time, itself included. By default 16. They are
    /// counted many times a second: all are killed when there are more.
    pub const fn max_processes(mut self, processes: usize) -> Self {
        self.limits.processes = processes;
        self
    }

    /// The most bytes that it may write to standard output. By default 1 MiB. When it writes more it is
    /// killed; see [`Command::cut`](super::Command::cut).
    pub const fn max_output(mut self, bytes: usize) -> Self {
        self.limits.output = bytes;
        self
    }

    /// The same for standard error. By default 64 KiB.
    pub const fn max_errors(mut self, bytes: usize) -> Self {
        self.limits.errors = bytes;
        self
    }

    /// Looks at the program, and at what there is to confine it with. Do this when the server starts.
    ///
    /// # Errors
    /// If the program or one of the paths is not there; if others than root and this process's user
    /// could replace it; if it is a script, a shell or an interpreter, or made for another processor; if
    /// the kernel cannot confine it and the sandbox is required; if `prlimit` of util-linux is missing.
    pub fn open(self) -> Result<Runner, StartError> {
        Runner::open(self)
    }
}
