//! Secrets in files.

use std::fs::{self, File, Metadata};
use std::io::Read;
use std::path::Path;

use secrecy::zeroize::Zeroizing;

use super::git;
use super::judge::LONGEST;
use crate::private_file::{Readers, too_many};

/// What the file holds, without the line feed at its end; or what is wrong with it, without its path,
/// for that may be a secret in the wrong variable.
pub(super) fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, String> {
    // Looked at first: opening a pipe would wait for somebody to write.
    let is_file = fs::metadata(path).map_err(unreadable)?.is_file();
    if !is_file {
        return Err("is no file: name a file that holds the value and nothing else".to_owned());
    }
    let file = File::open(path).map_err(unreadable)?;
    // Of what is open: the name may mean something else by now.
    let metadata = file.metadata().map_err(unreadable)?;
    if let Some(who) = too_many(&metadata, readers(&metadata)) {
        return Err(format!(
            "is not for this server alone ({who} it): `chmod 400` it; in Compose and Kubernetes, \
             set `mode` or `defaultMode` to 0400"
        ));
    }
    match git::tracks(path) {
        Ok(false) => {}
        Ok(true) => return Err(format!("is under version control: {}", git::FIX)),
        Err(error) => {
            return Err(format!(
                "may be under version control, git's index does not tell: {error}"
            ));
        }
    }
    let mut bytes = all(&file).map_err(unreadable)?;
    if bytes.last() == Some(&b'\n') {
        bytes.pop();
    }
    if bytes.last() == Some(&b'\r') {
        bytes.pop();
    }
    Ok(bytes)
}

/// One byte more than the longest secret with its line feed tells that it is longer.
fn all(file: &File) -> std::io::Result<Zeroizing<Vec<u8>>> {
    let most = LONGEST + 3;
    // In one piece: a vector that grows leaves copies behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(most));
    file.take(most as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// What is root's is read by its group where it was handed over: its access list shows as rights of the
/// group.
#[cfg(unix)]
fn readers(metadata: &Metadata) -> Readers {
    use std::os::unix::fs::MetadataExt;
    if metadata.uid() == 0 { Readers::Group } else { Readers::None }
}

#[cfg(not(unix))]
fn readers(_: &Metadata) -> Readers {
    Readers::Group
}

fn unreadable(error: std::io::Error) -> String {
    format!("cannot be read ({error}): name a file that the user of this process may read")
}
