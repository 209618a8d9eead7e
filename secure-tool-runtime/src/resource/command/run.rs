//! One run: its arguments, its directory, its input.

use std::fmt;
use std::fs::File;
use std::io;
use std::sync::Arc;
use std::time::Instant;

use tokio::time::timeout_at;

use super::group::Life;
use super::runner::Opened;
use super::start::{Ends, Plan, start};
use super::value::{Value, word};
use super::watch::{Pipes, Watched, watch};
use super::{CommandError, Exit, Finished};
use crate::audit::Programs;
use crate::files::{FileError, ReadWrite, Readable, Root, SafePath};

/// The most arguments of a run.
const MOST_ARGUMENTS: usize = 256;

/// The most bytes that the arguments of a run may have together.
const MOST_BYTES: usize = 64 << 10;

/// Literals after which a program takes everything for data. Git knows the second one, too.
const SEPARATORS: [&str; 2] = ["--", "--end-of-options"];

/// Opens the directory of a run, on a thread that may block.
type Place = Box<dyn FnOnce() -> Result<File, FileError> + Send>;

/// A run of a program, in the making. Arguments are given in their order.
///
/// What is said first: literals and options. What clients send comes last, after a separator; if none
/// of the literals is one, `--` is put before the first [`value`](Self::value).
#[must_use = "a command does nothing until it is run"]
pub struct Command {
    program: Arc<Opened>,
    arguments: Vec<String>,
    separated: bool,
    fault: Option<CommandError>,
    place: Option<(Place, bool)>,
    input: Option<Vec<u8>>,
    accepted: &'static [u8],
    cut: bool,
}

impl Command {
    pub(super) fn new(program: Arc<Opened>) -> Self {
        let separated = !program.program.separator;
        Command {
            program,
            arguments: Vec::new(),
            separated,
            fault: None,
            place: None,
            input: None,
            accepted: &[0],
            cut: false,
        }
    }

    /// A word of your own: a subcommand, an option, a separator.
    pub fn literal(mut self, word: &'static str) -> Self {
        self.separated |= SEPARATORS.contains(&word);
        self.arguments.push(word.to_owned());
        self
    }

    /// Several words of your own.
    pub fn literals(self, words: &[&'static str]) -> Self {
        words.iter().fold(self, |command, word| command.literal(word))
    }

    /// An option with data: `--max-count=3`, or `-c` and `3` apart where the name has one hyphen. Not
    /// after a separator, where it would be none.
    pub fn option(mut self, name: &'static str, value: impl Value) -> Self {
        if self.separated && self.program.program.separator {
            return self.refuse(CommandError::Refused("an option after the separator"));
        }
        match word(&value) {
            Err(error) => return self.refuse(error),
            Ok(value) if name.starts_with("--") => self.arguments.push(format!("{name}={value}")),
            Ok(value) => self.arguments.extend([name.to_owned(), value]),
        }
        self
    }

    /// Data by itself, after a separator.
    pub fn value(mut self, value: impl Value) -> Self {
        let word = match word(&value) {
            Err(error) => return self.refuse(error),
            Ok(word) => word,
        };
        if !self.separated {
            self.separated = true;
            self.arguments.push(SEPARATORS[0].to_owned());
        }
        self.arguments.push(word);
        self
    }

    /// Keeps the first fault: nothing is run then.
    fn refuse(mut self, fault: CommandError) -> Self {
        self.fault.get_or_insert(fault);
        self
    }

    /// Runs it in a root, of which it may read everything. By default it runs in `/`, and reads nothing
    /// there but what the program may read.
    pub fn within<A: Readable>(mut self, root: &Root<A>) -> Self {
        let root = root.clone();
        self.place = Some((Box::new(move || root.open_directory(None)), false));
        self
    }

    /// Runs it in a directory beneath a root, of which it may read everything.
    pub fn within_directory<A: Readable>(mut self, root: &Root<A>, path: &SafePath) -> Self {
        let (root, path) = (root.clone(), path.clone());
        self.place = Some((Box::new(move || root.open_directory(Some(&path))), false));
        self
    }

    /// Runs it in a root, of which it may read, change and remove everything, hidden files too. What it
    /// writes does not count for the root's quota: bound it by [`Program::max_file`](super::Program::max_file).
    pub fn changing(mut self, root: &Root<ReadWrite>) -> Self {
        let root = root.clone();
        self.place = Some((Box::new(move || root.open_directory(None)), true));
        self
    }

    /// What it gets on standard input. By default nothing, from `/dev/null`.
    pub fn input(mut self, bytes: Vec<u8>) -> Self {
        self.input = Some(bytes);
        self
    }

    /// The exit codes that are no failure. By default 0 alone.
    pub fn accept(mut self, codes: &'static [u8]) -> Self {
        self.accepted = codes;
        self
    }

    /// Takes what there is when it writes too much, and [says so](Finished::is_cut). It is killed all the
    /// same. By default too much is an error.
    pub fn cut(mut self) -> Self {
        self.cut = true;
        self
    }

    /// Runs it to its end. When this future is dropped, for example because the client withdrew the call,
    /// all processes of the run are killed.
    ///
    /// # Errors
    /// [`CommandError::Refused`] before anything is started; the others as they say.
    pub async fn run(self) -> Result<Finished, CommandError> {
        let name = self.program.name();
        self.run_to_end().await.map_err(|error| error.logged(name))
    }

    async fn run_to_end(mut self) -> Result<Finished, CommandError> {
        if let Some(fault) = self.fault.take() {
            return Err(fault);
        }
        let bytes: usize = self.arguments.iter().map(|argument| argument.len() + 1).sum();
        if self.arguments.len() > MOST_ARGUMENTS || bytes > MOST_BYTES {
            return Err(CommandError::Refused("too many arguments"));
        }
        let deadline = Instant::now() + self.program.program.limits.time;
        let turn = Arc::clone(&self.program.permits).acquire_owned();
        let permit = timeout_at(deadline.into(), turn).await.map_err(|_| CommandError::Busy)?;
        let life = Arc::<Life>::default();
        let _killed = Killed(Arc::clone(&life));
        // It ends by itself, soon after its group is killed. Its permit is returned then.
        let programs = Programs::of_this_call();
        let run = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            self.run_here(&life, deadline, &programs)
        });
        match run.await {
            Ok(finished) => finished,
            Err(error) => match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                Err(error) => Err(CommandError::System(error.into())),
            },
        }
    }

    /// Blocks until all of it is over.
    fn run_here(
        self,
        life: &Arc<Life>,
        deadline: Instant,
        programs: &Programs,
    ) -> Result<Finished, CommandError> {
        let directory = match self.place {
            Some((open, writes)) => Some((open().map_err(CommandError::Directory)?, writes)),
            None => None,
        };
        let plan = Plan { program: &self.program, arguments: &self.arguments, directory };
        let (ends, pipes) = pipes(self.input)?;
        let started = start(&plan, &ends, life)?;
        drop((ends, plan));
        let confinement = started.confinement;
        programs.add(self.program.name(), confinement);
        let watched = watch(started, pipes, &self.program.program.limits, deadline)?;
        let Watched { exit, stdout, stderr, is_cut } = watched;
        let accepted = matches!(exit, Exit::Code(code) if self.accepted.contains(&code));
        match is_cut {
            true if !self.cut => Err(CommandError::TooMuchOutput),
            false if !accepted => Err(CommandError::Failed(exit)),
            _ => Ok(Finished { exit, stdout, stderr, is_cut, confinement }),
        }
    }
}

/// Kills a run when nobody waits for it.
struct Killed(Arc<Life>);

impl Drop for Killed {
    fn drop(&mut self) {
        self.0.end();
    }
}

fn pipes(input: Option<Vec<u8>>) -> io::Result<(Ends, Pipes)> {
    let (stdout, write_stdout) = io::pipe()?;
    let (stderr, write_stderr) = io::pipe()?;
    let (read_stdin, stdin) = match input {
        Some(bytes) => {
            let (read, write) = io::pipe()?;
            (Some(read), Some((write, bytes)))
        }
        None => (None, None),
    };
    let ends = Ends { stdin: read_stdin, stdout: write_stdout, stderr: write_stderr };
    Ok((ends, Pipes { stdin, stdout, stderr }))
}

/// Without arguments: clients sent them.
impl fmt::Debug for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Command");
        debug.field("path", &self.program.checked.path);
        debug.field("arguments", &self.arguments.len()).finish_non_exhaustive()
    }
}
