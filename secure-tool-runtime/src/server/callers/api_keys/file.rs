//! Entries in a file, read again when it changes.

use std::fs::{self, Metadata};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::table::Table;
use crate::private_file::{PrivateFile, Readers};
use crate::server::StartError;

/// The largest file that is read, in bytes.
const SIZE: u64 = 4 << 20;

/// What tells one content of a file from another without reading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp {
    modified: Option<SystemTime>,
    len: u64,
    /// Device, file and time of the last change of either content or rights, in nanoseconds.
    #[cfg(unix)]
    identity: (u64, u64, i64, i64),
}

impl Stamp {
    fn of(metadata: &Metadata) -> Self {
        #[cfg(unix)]
        use std::os::unix::fs::MetadataExt;
        Stamp {
            modified: metadata.modified().ok(),
            len: metadata.len(),
            #[cfg(unix)]
            identity: (metadata.dev(), metadata.ino(), metadata.ctime(), metadata.ctime_nsec()),
        }
    }
}

/// A file that is looked at again and again.
#[derive(Debug)]
pub(super) struct Watched {
    path: PathBuf,
    /// Of what was read last, whether it was good or not. None if there was no file.
    seen: Option<Stamp>,
}

impl Watched {
    pub(super) fn open(path: PathBuf) -> Result<(Self, Table), StartError> {
        let (stamp, table) = read(&path)?;
        Ok((Watched { path, seen: Some(stamp) }, table))
    }

    /// What it holds now, if that is something new.
    pub(super) fn changed(&mut self) -> Option<Result<Table, StartError>> {
        let now = fs::metadata(&self.path).ok().map(|metadata| Stamp::of(&metadata));
        if now == self.seen {
            return None;
        }
        self.seen = now;
        let read = read(&self.path);
        if let Ok((stamp, _)) = &read {
            self.seen = Some(*stamp);
        }
        Some(read.map(|(_, table)| table))
    }
}

fn read(path: &Path) -> Result<(Stamp, Table), StartError> {
    // Hashes are no keys, but names and grants are nobody's business; and whoever can write makes keys.
    let file = PrivateFile::open(path, "file of API keys", Readers::Group)?;
    let stamp = Stamp::of(file.metadata());
    let text = file.read_text(SIZE)?;
    let table = Table::parse(&text).map_err(|error| {
        StartError::new(
            format!("the file of API keys {} is not valid: {}", path.display(), error.0),
            "write entries as `keys new` and `keys hash` print them",
        )
    })?;
    Ok((stamp, table))
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn entry(digit: char) -> String {
        format!("{{\"name\":\"ci\",\"hash\":\"sha256:{}\"}}\n", digit.to_string().repeat(64))
    }

    fn write(path: &Path, text: &str, mode: u32) {
        fs::write(path, text).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn rights_are_tight() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("keys");
        for (mode, fine) in [
            (0o600, true),
            (0o640, true),
            (0o400, true),
            (0o644, false),
            (0o660, false),
            (0o602, false),
        ] {
            write(&path, &entry('0'), mode);
            let opened = Watched::open(path.clone());
            assert_eq!(opened.is_ok(), fine, "{mode:o}");
            if let Err(error) = opened {
                assert!(error.to_string().contains("chmod 600"), "{error}");
            }
        }
        assert!(Watched::open(directory.path().into()).is_err(), "a directory");
        assert!(Watched::open(directory.path().join("missing")).is_err());
    }

    #[test]
    fn changes_are_seen_once() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("keys");
        write(&path, &entry('0'), 0o600);
        let (mut watched, table) = Watched::open(path.clone()).unwrap();
        assert_eq!(table.len(), 1);
        assert!(watched.changed().is_none());
        let other = directory.path().join("other");
        write(&other, &(entry('0') + &entry('1')), 0o600);
        fs::rename(&other, &path).unwrap();
        assert_eq!(watched.changed().unwrap().unwrap().len(), 2);
        assert!(watched.changed().is_none());
        write(&path, "", 0o600);
        assert!(watched.changed().unwrap().is_err(), "an empty file revokes nothing");
        fs::remove_file(&path).unwrap();
        assert!(watched.changed().unwrap().is_err());
        assert!(watched.changed().is_none(), "told once");
    }
}
