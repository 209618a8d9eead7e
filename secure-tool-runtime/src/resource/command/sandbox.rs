//! What the kernel lets a program do. All of it holds for the calling thread and what it starts.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;
use std::fs::File;
use std::path::Path;

use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, LandlockStatus, PathBeneath, Ruleset, RulesetAttr,
    RulesetCreated, RulesetCreatedAttr, RulesetError, Scope, make_bitflags, path_beneath_rules,
};
use nix::libc;
use rustix::process::Pid;
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule, apply_filter,
};

use super::runner::Opened;

type AnyError = Box<dyn Error + Send + Sync>;

/// What programs read to run at all: libraries, data, names of users, the time zone. `/etc` as a whole is
/// not here, nor is `/proc`, where other processes have their secrets.
const SYSTEM: [&str; 13] = [
    "/usr",
    "/bin",
    "/sbin",
    "/lib",
    "/lib32",
    "/lib64",
    "/etc/ld.so.cache",
    "/etc/localtime",
    "/etc/nsswitch.conf",
    "/etc/passwd",
    "/etc/group",
    "/dev/urandom",
    "/dev/random",
];

/// What resolves names, where there is a network.
const NETWORK: [&str; 8] = [
    "/etc/resolv.conf",
    "/etc/hosts",
    "/etc/host.conf",
    "/etc/gai.conf",
    "/etc/services",
    "/etc/protocols",
    "/etc/ssl",
    "/etc/ca-certificates",
];

/// The newest version of Landlock that we ask for. Older kernels have less of it.
const NEWEST: ABI = ABI::V10;

const READ: BitFlags<AccessFs> = make_bitflags!(AccessFs::{ReadFile | ReadDir});

/// No devices, sockets, FIFOs or symbolic links, and nothing that is executed.
const WRITE: BitFlags<AccessFs> = make_bitflags!(AccessFs::{
    ReadFile | ReadDir | WriteFile | Truncate | MakeReg | MakeDir | RemoveFile | RemoveDir | Refer
});

/// What holds a program, as far as the kernel has it. Limits hold it in any case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Confinement {
    /// The version of Landlock that guards files and signals; none, if the kernel has none.
    pub landlock: Option<u8>,
    /// True if system calls are filtered: no other process group, no sockets but by declaration.
    pub seccomp: bool,
    /// True if the program may use the network.
    pub network: bool,
}

impl Confinement {
    /// True if files, signals and system calls are guarded.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.seccomp && self.landlock.is_some_and(|version| lacks(version).is_empty())
    }
}

/// What versions of Landlock before these do not guard.
const SINCE: [(u8, &str); 3] = [(3, "truncating"), (5, "devices"), (6, "signals")];

fn lacks(version: u8) -> Vec<&'static str> {
    SINCE.iter().filter(|(since, _)| version < *since).map(|(_, what)| *what).collect()
}

impl fmt::Display for Confinement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.landlock {
            Some(version) => {
                write!(f, "landlock {version}")?;
                if !lacks(version).is_empty() {
                    write!(f, " without {}", lacks(version).join(" and "))?;
                }
            }
            None => f.write_str("no landlock")?,
        }
        f.write_str(if self.seccomp { ", seccomp" } else { ", no seccomp" })?;
        f.write_str(if self.network { ", network" } else { "" })
    }
}

/// Confines this thread for good, and what it starts from now on: to the files of a program and of one
/// directory, and to one process group.
pub(super) fn confine(
    program: &Opened,
    directory: Option<(&File, bool)>,
    group: Pid,
) -> Result<Confinement, AnyError> {
    let network = program.program.network;
    let landlock = restrict(program, directory)?;
    let filter = filter(network, group).and_then(|filter| Ok(apply_filter(&filter)?));
    if let Err(error) = &filter {
        tracing::debug!(target: "secure_tool::command", %error, "no filter of system calls");
    }
    Ok(Confinement { landlock, seccomp: filter.is_ok(), network })
}

/// Landlock, with “no new privileges”. Gives its version.
fn restrict(
    program: &Opened,
    directory: Option<(&File, bool)>,
) -> Result<Option<u8>, RulesetError> {
    let mut ruleset = Ruleset::default()
        .handle_access(AccessFs::from_all(NEWEST))?
        .scope(Scope::from_all(NEWEST))?;
    if !program.program.network {
        ruleset = ruleset.handle_access(AccessNet::from_all(NEWEST))?;
    }
    let rules = files(ruleset.create()?, program)?;
    let rules = match directory {
        Some((directory, true)) => rules.add_rule(PathBeneath::new(directory, WRITE))?,
        Some((directory, false)) => rules.add_rule(PathBeneath::new(directory, READ))?,
        None => rules,
    };
    Ok(match rules.restrict_self()?.landlock {
        LandlockStatus::Available { effective_abi, .. } => u8::try_from(effective_abi as i32).ok(),
        _ => None,
    })
}

fn files(rules: RulesetCreated, opened: &Opened) -> Result<RulesetCreated, RulesetError> {
    let network: &[&str] = if opened.program.network { &NETWORK } else { &[] };
    let own = [Path::new(opened.checked.path), Path::new(opened.launcher)];
    let loader = opened.checked.loader.as_deref();
    let executes = own.into_iter().chain(loader);
    rules
        .add_rules(path_beneath_rules(SYSTEM, READ))?
        .add_rules(path_beneath_rules(network, READ))?
        .add_rules(path_beneath_rules(opened.program.reads, READ))?
        .add_rules(path_beneath_rules(executes, AccessFs::Execute | AccessFs::ReadFile))?
        .add_rules(path_beneath_rules(opened.program.executes, READ | AccessFs::Execute))?
        .add_rules(path_beneath_rules(
            ["/dev/null", "/dev/zero"],
            AccessFs::ReadFile | AccessFs::WriteFile,
        ))
}

/// What Landlock does not see: mode, owner, times and attributes of files. The last ones have the same number
/// everywhere.
const METADATA: &[libc::c_long] = &[
    #[cfg(target_arch = "x86_64")]
    libc::SYS_chmod,
    libc::SYS_fchmod,
    libc::SYS_fchmodat,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_chown,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_lchown,
    libc::SYS_fchown,
    libc::SYS_fchownat,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_utime,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_utimes,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_futimesat,
    libc::SYS_utimensat,
    libc::SYS_setxattr,
    libc::SYS_lsetxattr,
    libc::SYS_fsetxattr,
    libc::SYS_removexattr,
    libc::SYS_lremovexattr,
    libc::SYS_fremovexattr,
    // fchmodat2, setxattrat, removexattrat, file_setattr
    452,
    463,
    466,
    469,
];

/// `FS_IOC_SETFLAGS` and `FS_IOC_FSSETXATTR`, which do the same through a descriptor.
const SET_FLAGS: [u64; 2] = [0x4008_6602, 0x401c_5820];

/// What changes the limits, the place and the turn of any process of the same user, and in which argument it is
/// named. The program itself is 0.
const OTHERS: [(libc::c_long, u8); 7] = [
    (libc::SYS_prlimit64, 0),
    (libc::SYS_sched_setaffinity, 0),
    (libc::SYS_sched_setattr, 0),
    (libc::SYS_sched_setparam, 0),
    (libc::SYS_sched_setscheduler, 0),
    (libc::SYS_setpriority, 1),
    (libc::SYS_ioprio_set, 1),
];

/// A filter that keeps a program in its process group, so that killing the group kills all of it, off the
/// network, from what is known of files, and from other processes.
fn filter(network: bool, group: Pid) -> Result<BpfProgram, AnyError> {
    let mut rules = BTreeMap::new();
    let mut refuse = |call: libc::c_long, when: Vec<SeccompRule>| {
        for call in numbers(call) {
            rules.insert(call, when.clone());
        }
    };
    refuse(libc::SYS_setsid, Vec::new());
    // The standard library puts the child into its group by `setpgid(0, group)`.
    let group = u64::from(group.as_raw_nonzero().get().unsigned_abs());
    refuse(libc::SYS_setpgid, vec![unless(0, 0)?, unless(1, group)?]);
    // It would make sockets, which no filter sees.
    refuse(libc::SYS_io_uring_setup, Vec::new());
    refuse(libc::SYS_ptrace, Vec::new());
    refuse(libc::SYS_process_vm_writev, Vec::new());
    refuse(libc::SYS_process_vm_readv, Vec::new());
    refuse(libc::SYS_pidfd_getfd, Vec::new());
    for (call, argument) in OTHERS {
        refuse(call, vec![unless(argument, 0)?]);
    }
    METADATA.iter().for_each(|call| refuse(*call, Vec::new()));
    let flags = SET_FLAGS.map(|request| where_is(1, SeccompCmpOp::Eq, request));
    refuse(libc::SYS_ioctl, flags.into_iter().collect::<Result<_, _>>()?);
    if !network {
        refuse(libc::SYS_socket, Vec::new());
    }
    let allow = SeccompAction::Allow;
    let refusal = SeccompAction::Errno(libc::EPERM.unsigned_abs());
    let architecture = std::env::consts::ARCH.try_into()?;
    Ok(SeccompFilter::new(rules, allow, refusal, architecture)?.try_into()?)
}

/// Holds where an argument is another.
fn unless(argument: u8, value: u64) -> Result<SeccompRule, AnyError> {
    where_is(argument, SeccompCmpOp::Ne, value)
}

/// Holds where an argument, of 32 bits, compares like this.
fn where_is(argument: u8, is: SeccompCmpOp, value: u64) -> Result<SeccompRule, AnyError> {
    let condition = SeccompCondition::new(argument, SeccompCmpArgLen::Dword, is, value)?;
    Ok(SeccompRule::new(vec![condition])?)
}

/// The numbers of a system call: on x86-64 a kernel may know it by a second one, of the x32 ABI.
fn numbers(call: libc::c_long) -> impl Iterator<Item = i64> {
    const X32: i64 = 0x4000_0000;
    let second = cfg!(target_arch = "x86_64").then_some(call | X32);
    std::iter::once(call).chain(second)
}
