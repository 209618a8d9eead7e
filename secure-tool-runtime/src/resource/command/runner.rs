//! A program that was looked at and may be run.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use rustix::process::getpid;
use tokio::sync::Semaphore;

use super::check::{self, Checked};
use super::program::{Program, Sandbox};
use super::sandbox::confine;
use super::{Command, Confinement};
use crate::audit::Programs;
use crate::server::StartError;

/// Sets limits on itself and becomes another program; from util-linux.
const LAUNCHERS: &[&str] = &["/usr/bin/prlimit", "/bin/prlimit"];

/// A [`Program`] that was opened. Clones share how many may run at a time.
#[derive(Clone)]
pub struct Runner(pub(super) Arc<Opened>);

pub(super) struct Opened {
    pub(super) program: Program,
    pub(super) checked: Checked,
    pub(super) launcher: &'static str,
    pub(super) permits: Arc<Semaphore>,
    confinement: Confinement,
}

impl Runner {
    pub(super) fn open(program: Program) -> Result<Self, StartError> {
        let checked = check::program(program.paths, program.interpreter.is_some())?;
        check::present(program.reads)?;
        check::present(program.executes)?;
        if !LAUNCHERS.iter().any(|path| Path::new(path).exists()) {
            let what = "`prlimit` is missing, which sets the limits of programs";
            return Err(StartError::new(what, "install the package `util-linux`"));
        }
        let launcher = check::program(LAUNCHERS, false)?.path;
        let permits = Arc::new(Semaphore::new(program.at_once.clamp(1, Semaphore::MAX_PERMITS)));
        let confinement = Confinement { landlock: None, seccomp: false, network: program.network };
        let mut opened = Opened { program, checked, launcher, permits, confinement };
        opened.confinement = opened.try_confinement()?;
        Programs::expect();
        Ok(Runner(Arc::new(opened)))
    }

    /// Begins a run: says what the arguments are.
    pub fn command(&self) -> Command {
        Command::new(Arc::clone(&self.0))
    }

    /// What the kernel has to hold the program by.
    #[must_use]
    pub fn confinement(&self) -> Confinement {
        self.0.confinement
    }
}

impl Opened {
    /// What can be had of the sandbox on this machine: tried on a thread, which ends at once.
    fn try_confinement(&self) -> Result<Confinement, StartError> {
        let fix = "use a kernel with Landlock as of Linux 6.12, in the list `lsm=`, and seccomp; or run it with \
                   what there is, with `Program::sandbox(Sandbox::BestEffort)`";
        let path = self.checked.path;
        let tried =
            std::thread::scope(|scope| scope.spawn(|| confine(self, None, getpid())).join());
        let found = match tried {
            Ok(Ok(found)) => found,
            Ok(Err(error)) => {
                return Err(StartError::new(format!("`{path}` cannot be confined: {error}"), fix));
            }
            Err(panic) => std::panic::resume_unwind(panic),
        };
        if self.program.sandbox == Sandbox::Required && !found.is_complete() {
            let what = format!("`{path}` cannot be confined: this machine has {found}");
            return Err(StartError::new(what, fix));
        }
        Ok(found)
    }

    /// The name in logs.
    pub(super) fn name(&self) -> &'static str {
        self.checked.path.rsplit('/').next().unwrap_or_default()
    }
}

impl fmt::Debug for Runner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Runner");
        debug.field("path", &self.0.checked.path).field("confinement", &self.0.confinement);
        debug.finish_non_exhaustive()
    }
}
