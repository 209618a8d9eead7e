//! The processes of a run, and their end.

use std::fs;
use std::io;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitOptions, kill_process_group, waitpgid};

/// How long the end of what was killed is waited for. Only what hangs in the kernel lives longer.
const PATIENCE: Duration = Duration::from_secs(2);

/// A process group of our own. Its first member ends at once and is left unreaped until the end of the
/// group: as long as it is there, the number of the group belongs to nobody else, whatever becomes of
/// the others.
#[derive(Debug)]
pub(super) struct Group {
    id: Pid,
    life: Arc<Life>,
}

/// Who else may kill the group: whoever waits for the run, when it stops waiting.
#[derive(Debug, Default)]
pub(super) struct Life(Mutex<State>);

#[derive(Debug, Clone, Copy, Default)]
enum State {
    #[default]
    Ahead,
    Running(Pid),
    /// Nobody waits for it: what is there was killed.
    Unwanted,
    Over,
}

impl Life {
    /// Kills what runs, now, and what would be started later.
    pub(super) fn end(&self) {
        let mut state = self.lock();
        if let State::Running(group) = *state {
            kill(group, Signal::KILL);
        }
        if !matches!(*state, State::Over) {
            *state = State::Unwanted;
        }
    }

    /// True if nobody waits for it any more. To be asked again when a program has been started: it joins
    /// its group a moment later than it is made, and was not killed with it.
    pub(super) fn is_unwanted(&self) -> bool {
        matches!(*self.lock(), State::Unwanted)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Group {
    /// Founds a group, with a program that does nothing.
    pub(super) fn found(launcher: &str, life: &Arc<Life>) -> io::Result<Self> {
        let member = Command::new(launcher)
            .arg("--version")
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()?;
        let id = Pid::from_child(&member);
        let group = Group { id, life: Arc::clone(life) };
        let mut state = life.lock();
        if !matches!(*state, State::Ahead) {
            return Err(io::ErrorKind::Interrupted.into());
        }
        *state = State::Running(id);
        drop(state);
        Ok(group)
    }

    pub(super) fn id(&self) -> Pid {
        self.id
    }

    pub(super) fn signal(&self, signal: Signal) {
        kill(self.id, signal);
    }

    /// How many processes of the group live.
    pub(super) fn count(&self) -> io::Result<usize> {
        count(self.id)
    }
}

/// The end of the group: all are killed at once, which no `fork` escapes, and reaped.
impl Drop for Group {
    fn drop(&mut self) {
        kill(self.id, Signal::KILL);
        let until = Instant::now() + PATIENCE;
        // Those that lost their parent are not ours to reap, and may need a moment.
        while count(self.id).is_ok_and(|living| living > 0) && Instant::now() < until {
            sleep(Duration::from_millis(1));
        }
        // From here on the number may go to somebody else.
        *self.life.lock() = State::Over;
        loop {
            match waitpgid(self.id, WaitOptions::NOHANG) {
                Ok(Some(_)) | Err(Errno::INTR) => {}
                Ok(None) if Instant::now() < until => sleep(Duration::from_millis(1)),
                Ok(None) => {
                    tracing::error!(target: "secure_tool::command", "a program cannot be killed");
                    return;
                }
                Err(_) => return,
            }
        }
    }
}

/// There is always one to get the signal: the first member, which is not reaped.
fn kill(group: Pid, signal: Signal) {
    if let Err(error) = kill_process_group(group, signal) {
        tracing::error!(target: "secure_tool::command", %error, "a program cannot be signalled");
    }
}

fn count(group: Pid) -> io::Result<usize> {
    let group = group.as_raw_nonzero().get();
    let mut living = 0;
    for entry in fs::read_dir("/proc")? {
        let entry = entry?;
        if !entry.file_name().as_encoded_bytes()[0].is_ascii_digit() {
            continue;
        }
        // It may be gone already.
        let Ok(stat) = fs::read(entry.path().join("stat")) else { continue };
        living += usize::from(lives_in(&stat, group));
    }
    Ok(living)
}

/// Reads `PID (NAME) STATE PPID PGRP …`, where the name may hold anything (proc_pid_stat(5)).
fn lives_in(stat: &[u8], group: i32) -> bool {
    let Some(name_ends) = stat.iter().rposition(|byte| *byte == b')') else { return false };
    let rest = String::from_utf8_lossy(&stat[name_ends + 1..]);
    let mut fields = rest.split_ascii_whitespace();
    let (state, of_group) = (fields.next(), fields.nth(1));
    !matches!(state, Some("Z" | "X" | "x"))
        && of_group.and_then(|id| id.parse().ok()) == Some(group)
}
