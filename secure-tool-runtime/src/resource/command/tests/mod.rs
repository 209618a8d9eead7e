//! Each refusal and that nothing happened, each limit against a program that breaks it, and that nothing
//! is left behind.

mod arguments;
mod ends;
mod inherits;
mod kernels;
mod limits;
mod programs;
mod sandbox;

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::*;
use crate::files::{ReadWrite, Root};

/// A shell, to play programs that do harm.
pub(super) const SHELL: Program = Program::at(&["/bin/sh"])
    .interpreter("plays any program in tests")
    .environment(&[("PATH", "/usr/bin:/bin")])
    .executes(&["/bin", "/usr/bin"])
    .timeout(Duration::from_secs(20));

const ECHO: Program = Program::at(&["/bin/echo"]).without_separator();

/// A script, run by the shell.
fn script(program: Program, script: &'static str) -> Command {
    program.open().unwrap().command().literal("-c").literal(script)
}

/// A directory with a root in it and a secret beside the root.
struct Place {
    around: TempDir,
}

impl Place {
    fn new() -> Self {
        let around = tempfile::tempdir().unwrap();
        fs::create_dir(around.path().join("root")).unwrap();
        fs::write(around.path().join("root/inside"), "ours").unwrap();
        fs::write(around.path().join("secret"), "canary").unwrap();
        Place { around }
    }

    fn root(&self) -> Root<ReadWrite> {
        Root::read_write(self.at("")).unwrap()
    }

    fn at(&self, name: &str) -> std::path::PathBuf {
        self.around.path().join("root").join(name)
    }

    /// All names beneath it, sorted.
    fn names(&self) -> Vec<String> {
        let mut names = Vec::new();
        for directory in [self.around.path(), &self.at("")] {
            let entries = fs::read_dir(directory).unwrap();
            names.extend(entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()));
        }
        names.sort();
        names
    }
}

/// Processes, zombies left out, in whose command line the text is.
fn running(text: &str) -> Vec<String> {
    let processes = fs::read_dir("/proc").unwrap().map(|entry| entry.unwrap().path());
    let lines = processes.filter_map(|process| fs::read_to_string(process.join("cmdline")).ok());
    lines.filter(|line| line.split('\0').any(|word| word == text)).collect()
}

/// The numbers of our children that have ended and were not reaped, those of other tests among them.
fn zombies() -> Vec<String> {
    let ours = std::process::id().to_string();
    let stats = fs::read_dir("/proc").unwrap().map(|entry| entry.unwrap().path().join("stat"));
    let stats = stats.filter_map(|stat| fs::read_to_string(stat).ok());
    stats
        .filter(|stat| {
            let fields: Vec<_> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
            fields[0] == "Z" && fields[1] == ours
        })
        .filter_map(|stat| stat.split_once(' ').map(|(number, _)| number.to_owned()))
        .collect()
}

async fn eventually(what: &str, mut is_so: impl FnMut() -> bool) {
    let until = Instant::now() + Duration::from_secs(20);
    while !is_so() {
        assert!(Instant::now() < until, "waited too long: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// True on a machine that has all of the sandbox. Elsewhere tests of it are skipped by name; under `CI`
/// they fail.
fn is_complete(test: &str) -> bool {
    let complete = SHELL.sandbox(Sandbox::BestEffort).open().unwrap().confinement().is_complete();
    assert!(complete || std::env::var_os("CI").is_none(), "no Landlock or no seccomp here");
    if !complete {
        eprintln!("SKIPPED {test}: no Landlock or no seccomp here");
    }
    complete
}

fn exists(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}
