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

    /// What the processes of the group use together.
    pub(super) fn usage(&self) -> io::Result<Usage> {
        usage(self.id)
    }
}

/// The end of the group: all are killed at once, which no `fork` escapes, and reaped.
impl Drop for Group {
    fn drop(&mut self) {
        kill(self.id, Signal::KILL);
        let until = Instant::now() + PATIENCE;
        // Those that lost their parent are not ours to reap, and may need a moment.
        while usage(self.id).is_ok_and(|used| used.processes > 0) && Instant::now() < until {
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

/// What the processes of a group use together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Usage {
    /// How many live.
    pub(super) processes: usize,
    /// Processor time, of those too that have ended and were waited for by one of the group.
    pub(super) cpu: Duration,
    /// Bytes in memory. What several share counts for each.
    pub(super) memory: u64,
}

fn usage(group: Pid) -> io::Result<Usage> {
    let group = group.as_raw_nonzero().get();
    let mut used = Usage::default();
    for entry in fs::read_dir("/proc")? {
        let entry = entry?;
        if !entry.file_name().as_encoded_bytes()[0].is_ascii_digit() {
            continue;
        }
        // It may be gone already.
        let Ok(stat) = fs::read(entry.path().join("stat")) else { continue };
        let Some(process) = member(&stat, group) else { continue };
        used.cpu += process.cpu;
        if process.lives {
            used.processes += 1;
            used.memory += fs::read(entry.path().join("status")).map_or(0, |text| resident(&text));
        }
    }
    Ok(used)
}

/// One process of a group.
#[derive(Debug, PartialEq, Eq)]
struct Member {
    lives: bool,
    cpu: Duration,
}

/// Reads `PID (NAME) STATE PPID PGRP …`, where the name may hold anything (proc_pid_stat(5)).
fn member(stat: &[u8], group: i32) -> Option<Member> {
    let name_ends = stat.iter().rposition(|byte| *byte == b')')?;
    let rest = String::from_utf8_lossy(&stat[name_ends + 1..]);
    let mut fields = rest.split_ascii_whitespace();
    let (state, of_group) = (fields.next()?, fields.nth(1)?);
    if of_group.parse() != Ok(group) {
        return None;
    }
    // utime, stime, and those of children that were waited for, in `USER_HZ`: 100 in a second, on each
    // processor that we know.
    let ticks = fields.skip(8).take(4).filter_map(|field| field.parse::<u64>().ok()).sum::<u64>();
    let lives = !matches!(state, "Z" | "X" | "x");
    Some(Member { lives, cpu: Duration::from_millis(ticks.saturating_mul(10)) })
}

/// Reads `VmRSS:     1234 kB` out of proc_pid_status(5), in bytes.
fn resident(status: &[u8]) -> u64 {
    let text = String::from_utf8_lossy(status);
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
    kilobytes.unwrap_or_default().saturating_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_process_uses_is_read() {
        let stat = b"7 (a) Z 9 9 (b) S 1 42 42 0 -1 4194304 85 0 0 0 3 4 100 200 20 0 1 0 9 9 9";
        let cpu = Duration::from_millis(3070);
        assert_eq!(member(stat, 42), Some(Member { lives: true, cpu }));
        assert_eq!(member(stat, 9), None);
        let zombie = b"7 (a) Z 1 42 42 0 -1 4 85 0 0 0 3 4 0 0 20";
        assert!(!member(zombie, 42).unwrap().lives);
        for cut in 0..stat.len() {
            let _ = member(&stat[..cut], 42);
        }
        assert_eq!(resident(b"Name:\tVmRSS: 7\nVmRSS:\t    1234 kB\nThreads:\t1\n"), 1234 << 10);
        // A process that ends has none.
        assert_eq!(resident(b"Name:\tx\n"), 0);
    }
}
