//! What is done while a program runs: its output is read, its limits are kept, its end is seen to.

use std::io::{self, PipeReader, PipeWriter, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::ioctl_fionbio;
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open};

use super::group::Usage;
use super::program::Limits;
use super::start::Started;
use super::{CommandError, Exit};

/// How long a program has between being asked to end and being killed.
const GRACE: Duration = Duration::from_millis(250);

/// How often processes are counted at most.
const COUNT: Duration = Duration::from_millis(20);

/// Counting takes this part of the time at most.
const SHARE: u32 = 20;

/// Our ends of a program's pipes.
pub(super) struct Pipes {
    pub(super) stdin: Option<(PipeWriter, Vec<u8>)>,
    pub(super) stdout: PipeReader,
    pub(super) stderr: PipeReader,
}

/// What a program wrote and how it ended.
pub(super) struct Watched {
    pub(super) exit: Exit,
    pub(super) stdout: Vec<u8>,
    pub(super) stderr: Vec<u8>,
    pub(super) is_cut: bool,
}

/// Watches a program until it and all that it started are gone.
pub(super) fn watch(
    mut started: Started,
    pipes: Pipes,
    limits: &Limits,
    deadline: Instant,
) -> Result<Watched, CommandError> {
    let mut watch = Watch {
        process: pidfd_open(Pid::from_child(&started.child), PidfdFlags::empty())?,
        stdin: pipes.stdin.map(|(pipe, bytes)| Input::new(pipe, bytes)).transpose()?,
        stdout: Output::new(pipes.stdout, limits.output)?,
        stderr: Output::new(pipes.stderr, limits.errors)?,
        count_next: Instant::now() + COUNT / 2,
    };
    let ended = watch.run(&started, limits, deadline)?;
    match ended {
        Ended::Itself => {}
        Ended::OutOfTime => watch.ask_to_end(&started)?,
        Ended::TooMuch(what) => return Err(what),
        Ended::TooMuchOutput => started.group.signal(Signal::KILL),
    }
    let exit = started.child.wait()?.into();
    // Kills what the program left behind.
    drop(started.group);
    if matches!(ended, Ended::OutOfTime) {
        return Err(CommandError::TimedOut);
    }
    watch.stdout.read()?;
    watch.stderr.read()?;
    let Watch { stdout, stderr, .. } = watch;
    let is_cut = stdout.is_full() || stderr.is_full();
    Ok(Watched { exit, stdout: stdout.into_bytes(), stderr: stderr.into_bytes(), is_cut })
}

/// Why a program is not watched any longer.
#[derive(Debug)]
enum Ended {
    Itself,
    OutOfTime,
    TooMuchOutput,
    /// Processes, processor time or memory, of all of them together.
    TooMuch(CommandError),
}

struct Watch {
    process: OwnedFd,
    stdin: Option<Input>,
    stdout: Output,
    stderr: Output,
    count_next: Instant,
}

impl Watch {
    fn run(
        &mut self,
        started: &Started,
        limits: &Limits,
        deadline: Instant,
    ) -> Result<Ended, CommandError> {
        loop {
            let now = Instant::now();
            if now >= deadline {
                return Ok(Ended::OutOfTime);
            }
            if now >= self.count_next {
                if let Some(what) = excess(started.group.usage()?, limits) {
                    return Ok(Ended::TooMuch(what));
                }
                self.count_next = Instant::now() + COUNT.max(now.elapsed() * SHARE);
            }
            let is_over = self.wait(deadline.min(self.count_next))?;
            if let Some(stdin) = &mut self.stdin
                && stdin.write()?
            {
                self.stdin = None;
            }
            self.stdout.read()?;
            self.stderr.read()?;
            if self.stdout.is_full() || self.stderr.is_full() {
                return Ok(Ended::TooMuchOutput);
            }
            if is_over {
                return Ok(Ended::Itself);
            }
        }
    }

    /// Waits for something to do. True if the program has ended.
    fn wait(&self, until: Instant) -> io::Result<bool> {
        let mut things = vec![PollFd::new(&self.process, PollFlags::IN)];
        for output in [&self.stdout, &self.stderr] {
            things.extend(output.pipe.as_ref().map(|pipe| PollFd::new(pipe, PollFlags::IN)));
        }
        things.extend(self.stdin.as_ref().map(|input| PollFd::new(&input.pipe, PollFlags::OUT)));
        let left = Timespec::try_from(until.saturating_duration_since(Instant::now()))
            .map_err(io::Error::other)?;
        match poll(&mut things, Some(&left)) {
            Ok(_) => Ok(!things[0].revents().is_empty()),
            Err(rustix::io::Errno::INTR) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    fn ask_to_end(&mut self, started: &Started) -> io::Result<()> {
        started.group.signal(Signal::TERM);
        // What is stopped gets no signal but this one.
        started.group.signal(Signal::CONT);
        let until = Instant::now() + GRACE;
        // Nobody reads any more: whoever still writes is told so.
        (self.stdout.pipe, self.stderr.pipe, self.stdin) = (None, None, None);
        while !self.wait(until)? && Instant::now() < until {}
        started.group.signal(Signal::KILL);
        Ok(())
    }
}

/// What a group uses beyond its limits. One process alone is stopped by the kernel first.
fn excess(used: Usage, limits: &Limits) -> Option<CommandError> {
    if used.processes > limits.processes {
        Some(CommandError::TooManyProcesses)
    } else if used.cpu > Duration::from_secs(limits.cpu) {
        Some(CommandError::TooMuchTime)
    } else if used.memory > limits.memory {
        Some(CommandError::TooMuchMemory)
    } else {
        None
    }
}

/// What goes to a program.
struct Input {
    pipe: PipeWriter,
    bytes: Vec<u8>,
    written: usize,
}

impl Input {
    fn new(pipe: PipeWriter, bytes: Vec<u8>) -> io::Result<Self> {
        ioctl_fionbio(&pipe, true)?;
        Ok(Input { pipe, bytes, written: 0 })
    }

    /// Writes what there is room for. True when nothing is left, or nobody reads it.
    fn write(&mut self) -> io::Result<bool> {
        match self.pipe.write(&self.bytes[self.written..]) {
            Ok(written) => {
                self.written += written;
                Ok(self.written == self.bytes.len())
            }
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(true),
            Err(error) if is_later(&error) => Ok(false),
            Err(error) => Err(error),
        }
    }
}

/// What comes from a program, up to a limit.
struct Output {
    pipe: Option<PipeReader>,
    bytes: Vec<u8>,
    limit: usize,
}

impl Output {
    fn new(pipe: PipeReader, limit: usize) -> io::Result<Self> {
        ioctl_fionbio(pipe.as_fd(), true)?;
        Ok(Output { pipe: Some(pipe), bytes: Vec::new(), limit })
    }

    /// Reads what is there, and at most one byte beyond the limit.
    fn read(&mut self) -> io::Result<()> {
        while let Some(pipe) = &mut self.pipe {
            let room = (self.limit + 1).saturating_sub(self.bytes.len());
            let mut part = [0; 16 << 10];
            let room = room.min(part.len());
            if room == 0 {
                return Ok(());
            }
            match pipe.read(&mut part[..room]) {
                Ok(0) => self.pipe = None,
                Ok(read) => self.bytes.extend_from_slice(&part[..read]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if is_later(&error) => return Ok(()),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn is_full(&self) -> bool {
        self.bytes.len() > self.limit
    }

    fn into_bytes(mut self) -> Vec<u8> {
        self.bytes.truncate(self.limit);
        self.bytes
    }
}

fn is_later(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted)
}
