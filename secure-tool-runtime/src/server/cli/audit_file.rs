//! Where audit records go when nobody says where.

use std::env;
use std::fs;
use std::io;
use std::path::PathBuf;

use crate::audit::Audit;
use crate::server::StartError;

/// Servers of one name that can run beside each other with the default file.
const SIDE_BY_SIDE: u32 = 16;

/// Opens the given file, or the first free one of this server's own.
pub(super) fn open(path: Option<&PathBuf>, name: &str) -> Result<Audit, StartError> {
    match path {
        Some(path) => Audit::builder().file(path).start().map_err(StartError::audit),
        None => open_default(name),
    }
}

fn open_default(name: &str) -> Result<Audit, StartError> {
    let directory = state_directory()?.join("secure-tool").join(file_name(name));
    create(&directory).map_err(StartError::audit)?;
    for number in 1..=SIDE_BY_SIDE {
        let file = directory.join(format!("audit-{number}.jsonl"));
        match Audit::builder().file(file).start() {
            Ok(audit) => return Ok(audit),
            // Another server of this name writes there.
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(StartError::audit(error)),
        }
    }
    Err(StartError::new(
        format!("{SIDE_BY_SIDE} servers of this name are running already"),
        "give this one a file of its own with `--audit-file`",
    ))
}

/// `$XDG_STATE_HOME`, else `~/.local/state` (XDG base directories); on Windows `%LOCALAPPDATA%`.
fn state_directory() -> Result<PathBuf, StartError> {
    let directory = |name| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    directory("XDG_STATE_HOME")
        .or_else(|| directory("HOME").map(|home| home.join(".local/state")))
        .or_else(|| directory("LOCALAPPDATA"))
        .ok_or_else(|| {
            StartError::new(
                "there is no home directory to keep the audit log in",
                "name a file with `--audit-file FILE`",
            )
        })
}

/// The name of a server may hold anything; a file name may not.
fn file_name(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect()
}

fn create(directory: &PathBuf) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        builder.mode(0o700);
    }
    builder.create(directory)
}
