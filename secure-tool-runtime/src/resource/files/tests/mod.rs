//! Each refusal and that nothing happened, races, quotas, and what a killed process leaves.

mod listing;
mod paths;
mod races;
mod refusals;
mod writing;

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use super::error::Unavailable;
use super::*;
use crate::PublicError;

/// What every refused name is answered with, whatever is behind it.
const UNAVAILABLE: &str = "There is no such file here, or it may not be used.";

/// A directory with a root in it and a secret beside the root.
struct Place {
    around: TempDir,
}

impl Place {
    fn new() -> Self {
        let around = tempfile::tempdir().unwrap();
        fs::create_dir(around.path().join("root")).unwrap();
        fs::write(around.path().join("secret"), "canary").unwrap();
        Place { around }
    }

    fn outside(&self, name: &str) -> std::path::PathBuf {
        self.around.path().join(name)
    }

    fn at(&self, name: &str) -> std::path::PathBuf {
        self.around.path().join("root").join(name)
    }

    fn root(&self) -> Root<ReadWrite> {
        Root::read_write(self.at("")).unwrap()
    }

    /// Names beneath the root, ours included, sorted.
    fn names(&self) -> Vec<String> {
        names(&self.at(""))
    }
}

fn names(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).unwrap();
    let mut names: Vec<_> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn path(text: &str) -> SafePath {
    SafePath::try_from(text).unwrap()
}

/// The client's sentence on an error.
#[track_caller]
fn told<T: std::fmt::Debug>(result: Result<T, FileError>) -> &'static str {
    result.unwrap_err().public().unwrap()
}

/// Why something is unavailable, as the log has it.
#[track_caller]
fn cause<T: std::fmt::Debug>(result: Result<T, FileError>) -> &'static str {
    match result.unwrap_err() {
        FileError::Unavailable(Unavailable(cause)) => cause,
        other => panic!("{other:?}"),
    }
}
