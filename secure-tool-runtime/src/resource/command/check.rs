//! What is looked at before a program is trusted.

use std::fs::Metadata;
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use super::elf;
use crate::server::StartError;

/// Programs that take text for a program, or start the one that they are told. Versions at the end of a
/// name do not count.
const INTERPRETERS: [&str; 129] = [
    "R",
    "Rscript",
    "ant",
    "ash",
    "at",
    "awk",
    "bash",
    "batch",
    "bsdtar",
    "bun",
    "busctl",
    "busybox",
    "bwrap",
    "cargo",
    "chroot",
    "chrt",
    "cmake",
    "cpio",
    "crontab",
    "csh",
    "dash",
    "dc",
    "deno",
    "doas",
    "docker",
    "dotnet",
    "ed",
    "emacs",
    "entr",
    "env",
    "ex",
    "expect",
    "fakeroot",
    "faketime",
    "find",
    "firejail",
    "fish",
    "flock",
    "gawk",
    "gdb",
    "ghc",
    "ghci",
    "gmake",
    "go",
    "gradle",
    "ionice",
    "irb",
    "java",
    "julia",
    "kotlin",
    "ksh",
    "less",
    "lldb",
    "ltrace",
    "lua",
    "make",
    "man",
    "mawk",
    "mksh",
    "more",
    "mvn",
    "nano",
    "nawk",
    "nc",
    "ncat",
    "newgrp",
    "nice",
    "ninja",
    "node",
    "nodejs",
    "nohup",
    "npm",
    "npx",
    "nsenter",
    "numactl",
    "nvim",
    "octave",
    "parallel",
    "perf",
    "perl",
    "php",
    "pico",
    "pkexec",
    "podman",
    "pwsh",
    "python",
    "rbash",
    "rsync",
    "ruby",
    "run-parts",
    "runc",
    "runcon",
    "runghc",
    "runuser",
    "rvim",
    "sash",
    "screen",
    "script",
    "sed",
    "setarch",
    "setpriv",
    "setsid",
    "sftp",
    "sg",
    "sh",
    "socat",
    "ssh",
    "stdbuf",
    "strace",
    "su",
    "sudo",
    "sudoedit",
    "systemd-run",
    "tar",
    "taskset",
    "tclsh",
    "tcsh",
    "telnet",
    "time",
    "timeout",
    "tmux",
    "unshare",
    "valgrind",
    "vi",
    "view",
    "vim",
    "watch",
    "xargs",
    "zsh",
];

const GROUP_AND_OTHERS_WRITE: u32 = 0o022;
const GROUP_WRITES: u32 = 0o020;
const OTHERS_WRITE: u32 = 0o002;
const STICKY: u32 = 0o1000;
const EXECUTE: u32 = 0o111;

/// Steps from `/` to a program, those of links among them. The kernel follows 40 links.
const LONGEST_WAY: usize = 256;

/// A program that may be run, with its loader.
#[derive(Debug)]
pub(super) struct Checked {
    pub(super) path: &'static str,
    pub(super) loader: Option<PathBuf>,
}

/// Looks at the first of the paths at which there is anything.
pub(super) fn program(
    paths: &'static [&'static str],
    interpreter: bool,
) -> Result<Checked, StartError> {
    let Some(path) = paths.iter().find(|path| Path::new(path).exists()) else {
        let names = paths.iter().map(|path| format!("`{path}`")).collect::<Vec<_>>().join(" or ");
        return Err(StartError::new(
            format!("there is no program at {names}"),
            "install it, or name in the code where it is",
        ));
    };
    let real = absolute(path)?;
    trusted(path, &real)?;
    if !interpreter && (interprets(Path::new(path)) || interprets(&real)) {
        return Err(StartError::new(
            format!("`{path}` takes text for a program, or starts any other"),
            "run what it would start, directly; or say why not, with `Program::interpreter`",
        ));
    }
    let loader = elf::loader(&real).map_err(|error| {
        let fix = "name a native program of this machine; a script needs its interpreter, with \
                   `Program::interpreter`";
        StartError::new(format!("`{path}` cannot be run"), fix).because(error)
    })?;
    Ok(Checked { path, loader })
}

/// The paths that a program may use beside its own have to be there.
pub(super) fn present(paths: &[&str]) -> Result<(), StartError> {
    paths.iter().try_for_each(|path| absolute(path).map(drop))
}

fn absolute(path: &str) -> Result<PathBuf, StartError> {
    if !path.starts_with('/') {
        let what = format!("`{path}` is not an absolute path");
        return Err(StartError::new(what, "write the whole path, from `/` on"));
    }
    std::fs::canonicalize(path).map_err(|error| {
        StartError::new(
            format!("`{path}` cannot be found"),
            "correct the path, or take it out of the code",
        )
        .because(error)
    })
}

/// Refuses what others could replace.
fn trusted(path: &str, real: &Path) -> Result<(), StartError> {
    let look = |path: &Path| {
        std::fs::metadata(path).map_err(|error| {
            let what = format!("`{}` cannot be looked at", path.display());
            StartError::new(what, "let this user read it").because(error)
        })
    };
    let file = look(real)?;
    let mode = file.permissions().mode();
    if !file.is_file() || mode & EXECUTE == 0 {
        let what = format!("`{path}` is not a program");
        return Err(StartError::new(what, "name a regular file that may be executed"));
    }
    if mode & GROUP_AND_OTHERS_WRITE != 0 || !is_owned(&file) {
        return Err(replaceable(real));
    }
    let way = way(Path::new(path)).map_err(|error| {
        let what = format!("`{path}` cannot be followed");
        StartError::new(what, "let this user look into its directories").because(error)
    })?;
    for step in way {
        let found = std::fs::symlink_metadata(&step).map_err(|error| {
            let what = format!("`{}` cannot be looked at", step.display());
            StartError::new(what, "let this user read it").because(error)
        })?;
        if !is_owned(&found) || found.is_dir() && is_open(&found) {
            return Err(replaceable(&step));
        }
    }
    Ok(())
}

/// All directories and links that lead to a path, with those that the links are in: the path is followed anew
/// at each run.
fn way(path: &Path) -> io::Result<Vec<PathBuf>> {
    let mut at = PathBuf::from("/");
    let mut way = vec![at.clone()];
    let mut rest: Vec<_> = path.components().rev().map(|c| c.as_os_str().to_owned()).collect();
    while let Some(name) = rest.pop() {
        // `..` of a directory is where it is, not where its link is: `at` has no links.
        if name == ".." {
            at.pop();
            continue;
        }
        if name == "." {
            continue;
        }
        at.push(&name);
        let found = std::fs::symlink_metadata(&at)?;
        if way.len() > LONGEST_WAY {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        way.push(at.clone());
        if found.is_symlink() {
            let target = std::fs::read_link(&at)?;
            rest.extend(target.components().rev().map(|c| c.as_os_str().to_owned()));
            at.pop();
        }
    }
    Ok(way)
}

/// True if others may put something else into the directory. Where names are sticky, only their owners may.
fn is_open(directory: &Metadata) -> bool {
    let mode = directory.permissions().mode();
    let group = mode & GROUP_WRITES != 0 && directory.gid() != 0;
    (group || mode & OTHERS_WRITE != 0) && mode & STICKY == 0
}

/// True if it belongs to root, or to the user that we are.
fn is_owned(found: &Metadata) -> bool {
    found.uid() == 0 || found.uid() == rustix::process::geteuid().as_raw()
}

fn replaceable(path: &Path) -> StartError {
    let path = path.display();
    StartError::new(
        format!("others could change `{path}`, and with it the program that is run"),
        format!("give it to root, with `chown root {path}` and `chmod go-w {path}`"),
    )
}

fn interprets(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let name = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.' || c == '-');
    // The dynamic loader runs what it is told to.
    let loads = name.starts_with("ld-") && name.ends_with(".so") || name == "ld.so";
    loads || INTERPRETERS.contains(&name)
}
