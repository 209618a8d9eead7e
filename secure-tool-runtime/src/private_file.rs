//! Files that are nobody else's business: private keys, entries of API keys, secrets; and files that nobody
//! else may write to, because they decide who is trusted.

use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use secrecy::zeroize::Zeroizing;

use crate::server::StartError;

/// Who may read such a file beside its owner. Nobody else may ever write to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Readers {
    /// Its group: the habit for keys of servers (Debian's `ssl-cert`) and for mounted secrets.
    Group,
    /// Everybody: it holds no secret, but decides about some.
    #[cfg_attr(
        not(any(feature = "config", feature = "tls", feature = "cedar")),
        allow(dead_code, reason = "for files of settings, certificates and policies")
    )]
    Everybody,
    /// Nobody.
    None,
}

/// A private file, open and looked at. Errors name it and say what to do, never what it holds.
#[derive(Debug)]
pub(crate) struct PrivateFile {
    path: PathBuf,
    /// What it is, in errors: “file of the private key”.
    what: &'static str,
    file: File,
    metadata: Metadata,
}

impl PrivateFile {
    /// Opens a file that others than its owner and `readers` cannot use.
    ///
    /// # Errors
    /// If there is none, it is no regular file, or too many may use it.
    pub(crate) fn open(
        path: &Path,
        what: &'static str,
        readers: Readers,
    ) -> Result<Self, StartError> {
        // Looked at first: opening a pipe would wait for somebody to write.
        let is_file = fs::metadata(path).map_err(|error| unreadable(path, what, error))?.is_file();
        if !is_file {
            return Err(StartError::new(
                format!("{} is not a file", path.display()),
                format!("name the {what}"),
            ));
        }
        let file = File::open(path).map_err(|error| unreadable(path, what, error))?;
        // Of what is open: the name may mean something else by now.
        let metadata = file.metadata().map_err(|error| unreadable(path, what, error))?;
        if let Some(who) = too_many(&metadata, readers) {
            let path = path.display();
            return Err(StartError::new(
                format!("{who} the {what} {path}"),
                format!("chmod {} {path}", if readers == Readers::Everybody { 644 } else { 600 }),
            ));
        }
        Ok(PrivateFile { path: path.to_owned(), what, file, metadata })
    }

    /// What the system says of the open file.
    pub(crate) fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    /// All of it, wiped when it is dropped.
    ///
    /// # Errors
    /// If it cannot be read or has more bytes than `max`.
    pub(crate) fn read(self, max: u64) -> Result<Zeroizing<Vec<u8>>, StartError> {
        let PrivateFile { path, what, file, metadata } = self;
        // In one piece: a vector that grows leaves copies of a secret behind.
        let room = usize::try_from(metadata.len().min(max)).unwrap_or(0) + 1;
        let mut bytes = Zeroizing::new(Vec::with_capacity(room));
        file.take(max + 1)
            .read_to_end(&mut bytes)
            .map_err(|error| unreadable(&path, what, error))?;
        if bytes.len() as u64 > max {
            return Err(StartError::new(
                format!("the {what} {} is larger than {max} bytes", path.display()),
                "name the right file, or remove what is not used any more",
            ));
        }
        Ok(bytes)
    }

    /// All of it, as text.
    ///
    /// # Errors
    /// As [`PrivateFile::read`], and if it is not UTF-8.
    pub(crate) fn read_text(self, max: u64) -> Result<Zeroizing<String>, StartError> {
        let (path, what) = (self.path.clone(), self.what);
        let bytes = self.read(max)?;
        let text = std::str::from_utf8(&bytes).map_err(|_| {
            // The cause would tell where, and so something of what it holds.
            StartError::new(
                format!("the {what} {} is not text", path.display()),
                "write it in UTF-8",
            )
        })?;
        Ok(Zeroizing::new(text.to_owned()))
    }
}

/// Who may use a file beside those who should, if anybody may. Windows has other rights, which are not
/// looked at.
#[cfg(unix)]
pub(crate) fn too_many(metadata: &Metadata, readers: Readers) -> Option<&'static str> {
    use std::os::unix::fs::MetadataExt;
    match metadata.mode() {
        mode if mode & 0o022 != 0 => Some("others can write to"),
        mode if mode & 0o005 != 0 && readers != Readers::Everybody => Some("everybody can read"),
        mode if mode & 0o040 != 0 && readers == Readers::None => Some("its group can read"),
        _ => None,
    }
}

#[cfg(not(unix))]
pub(crate) fn too_many(_: &Metadata, _: Readers) -> Option<&'static str> {
    None
}

fn unreadable(path: &Path, what: &str, error: io::Error) -> StartError {
    StartError::new(
        format!("the {what} {} cannot be read", path.display()),
        "name a file that is there and that the user of this process may read",
    )
    .because(error)
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn with(mode: u32, readers: Readers) -> Result<PrivateFile, StartError> {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("secret");
        fs::write(&path, "hush").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        PrivateFile::open(&path, "file of a test", readers)
    }

    #[test]
    fn only_its_owner_writes_and_few_read() {
        for (mode, group, nobody) in [
            (0o600, true, true),
            (0o400, true, true),
            (0o640, true, false),
            (0o440, true, false),
            (0o644, false, false),
            (0o604, false, false),
            (0o660, false, false),
            (0o602, false, false),
            (0o601, false, false),
        ] {
            assert_eq!(with(mode, Readers::Group).is_ok(), group, "{mode:o}");
            assert_eq!(with(mode, Readers::None).is_ok(), nobody, "{mode:o}");
        }
        let error = with(0o644, Readers::Group).unwrap_err().to_string();
        assert!(error.contains("everybody can read the file of a test"), "{error}");
        assert!(error.contains("help: chmod 600 /") && !error.contains("hush"), "{error}");
    }

    #[test]
    fn is_read_within_bounds() {
        let open = || with(0o600, Readers::None).unwrap();
        assert_eq!(open().read(4).unwrap().as_slice(), b"hush");
        assert_eq!(open().read_text(4).unwrap().as_str(), "hush");
        let error = open().read(3).unwrap_err().to_string();
        assert!(error.contains("larger than 3 bytes") && !error.contains("hus"), "{error}");
    }

    #[test]
    fn is_a_file_that_is_there() {
        let directory = tempfile::tempdir().unwrap();
        let open = |path: &Path| PrivateFile::open(path, "file of a test", Readers::None);
        let error = open(directory.path()).unwrap_err().to_string();
        assert!(error.contains("is not a file"), "{error}");
        let error = open(&directory.path().join("missing")).unwrap_err().to_string();
        assert!(
            error.contains("the file of a test /") && error.contains("cannot be read"),
            "{error}"
        );
    }

    #[test]
    fn a_pipe_is_not_waited_for() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("pipe");
        let mode = rustix::fs::Mode::from_raw_mode(0o600);
        rustix::fs::mkfifoat(rustix::fs::CWD, &path, mode).unwrap();
        assert!(PrivateFile::open(&path, "file of a test", Readers::None).is_err());
    }
}
