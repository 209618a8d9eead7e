//! The start of a run, on a thread that is thrown away: what is done to it is done to what it starts,
//! and to nothing else in this process.

use std::fs::File;
use std::io::{self, PipeReader, PipeWriter};
use std::os::fd::AsRawFd;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::thread::{self, Builder};

use nix::sched::{CloneFlags, unshare};
use rustix::process::{Resource, getrlimit};

use super::group::{Group, Life};
use super::program::{Limits, Sandbox};
use super::runner::Opened;
use super::sandbox::confine;
use super::{CommandError, Confinement};

/// The most files that a process of a run may have open.
const MOST_FILES: u64 = 256;

/// A program with its arguments and its directory, ready to be started.
pub(super) struct Plan<'a> {
    pub(super) program: &'a Opened,
    pub(super) arguments: &'a [String],
    /// True if it may write there.
    pub(super) directory: Option<(File, bool)>,
}

/// The program's ends of its pipes.
pub(super) struct Ends {
    pub(super) stdin: Option<PipeReader>,
    pub(super) stdout: PipeWriter,
    pub(super) stderr: PipeWriter,
}

/// A program that runs.
pub(super) struct Started {
    pub(super) group: Group,
    pub(super) child: Child,
    pub(super) confinement: Confinement,
}

/// Starts a program, confined and limited, in a group of its own. Blocks for a few milliseconds.
pub(super) fn start(
    plan: &Plan<'_>,
    ends: &Ends,
    life: &Arc<Life>,
) -> Result<Started, CommandError> {
    // In a scope: no file is dropped on that thread, which has a table of files of its own.
    thread::scope(|scope| {
        let thread = Builder::new().name("secure-tool-start".to_owned());
        let started = thread.spawn_scoped(scope, || start_here(plan, ends, life))?;
        started.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

fn start_here(plan: &Plan<'_>, ends: &Ends, life: &Arc<Life>) -> Result<Started, CommandError> {
    // Where that is forbidden, in some containers, descriptors are marked for the whole process.
    if let Err(error) = unshare(CloneFlags::CLONE_FILES) {
        tracing::debug!(target: "secure_tool::command", %error, "descriptors are not unshared");
    }
    close_fds::set_fds_cloexec(3, &[]);
    let program = plan.program;
    let group = Group::found(program.launcher, life)?;
    let directory = plan.directory.as_ref().map(|(directory, writes)| (directory, *writes));
    let confinement = confine(program, directory, group.id()).map_err(CommandError::Confinement)?;
    if program.program.sandbox == Sandbox::Required && !confinement.is_complete() {
        return Err(CommandError::Confinement(confinement.to_string().into()));
    }
    let child = command(plan, ends)?.process_group(group.id().as_raw_pid()).spawn()?;
    if life.is_unwanted() {
        return Err(io::Error::from(io::ErrorKind::Interrupted).into());
    }
    Ok(Started { group, child, confinement })
}

/// `prlimit LIMITS -- PROGRAM ARGUMENTS`. It sets the limits on itself and becomes the program: there is
/// no moment without them.
fn command(plan: &Plan<'_>, ends: &Ends) -> io::Result<Command> {
    let program = plan.program;
    let mut command = Command::new(program.launcher);
    command.args(limits(&program.program.limits)).arg("--");
    command.arg(program.checked.path).args(plan.arguments);
    command.env_clear().envs(program.program.environment.iter().copied());
    // By its descriptor: whatever its name stands for by now.
    match &plan.directory {
        Some((directory, _)) => {
            command.current_dir(format!("/proc/self/fd/{}", directory.as_raw_fd()))
        }
        None => command.current_dir("/"),
    };
    command.stdin(match &ends.stdin {
        Some(stdin) => Stdio::from(stdin.try_clone()?),
        None => Stdio::null(),
    });
    command.stdout(ends.stdout.try_clone()?).stderr(ends.stderr.try_clone()?);
    Ok(command)
}

/// Options of `prlimit`. No limit is above ours: raising one would need privileges.
fn limits(limits: &Limits) -> [String; 6] {
    let option = |name, resource, most: u64| {
        let most = getrlimit(resource).maximum.map_or(most, |ours| ours.min(most));
        format!("--{name}={most}:{most}")
    };
    [
        option("core", Resource::Core, 0),
        // The signal at its end is `SIGKILL` where the two are the same.
        option("cpu", Resource::Cpu, limits.cpu),
        option("as", Resource::As, limits.memory),
        option("fsize", Resource::Fsize, limits.file),
        option("nofile", Resource::Nofile, MOST_FILES),
        option("memlock", Resource::Memlock, 0),
    ]
}
