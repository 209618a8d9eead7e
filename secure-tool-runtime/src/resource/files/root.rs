//! The directory beneath which everything happens.

use std::fmt;
#[cfg(all(feature = "command", target_os = "linux"))]
use std::fs::File;
use std::io;
use std::marker::PhantomData;
use std::path::Path;
use std::sync::Arc;

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use tokio::sync::Semaphore;

use super::quota::Account;
use super::{FileError, SafePath};

/// Files of one root that are worked on at the same time; further calls wait for their turn.
const AT_ONCE: usize = 16;

/// A directory, opened for reading ([`Root::read_only`]), for reading and writing
/// ([`Root::read_write`]) or for adding files ([`Root::create_only`]). It is the directory itself, not
/// its name: renaming it, or putting another in its place, changes nothing.
///
/// Clones share the directory and the account of its quota.
pub struct Root<A = ReadOnly> {
    pub(super) shared: Arc<Shared>,
    pub(super) limits: Limits,
    access: PhantomData<A>,
}

/// Files may be read and listed.
#[derive(Debug, Clone, Copy)]
pub struct ReadOnly;

/// Files may be read, listed, added, replaced and removed.
#[derive(Debug, Clone, Copy)]
pub struct ReadWrite;

/// Files may be added; what is there is neither replaced nor read. To read it, open the directory once
/// more, with [`Root::read_only`].
#[derive(Debug, Clone, Copy)]
pub struct CreateOnly;

/// Roots from which files may be read.
#[diagnostic::on_unimplemented(
    message = "a `Root<{Self}>` is not opened for reading",
    note = "open the directory with `Root::read_only` or `Root::read_write`"
)]
pub trait Readable: Access {}
impl Readable for ReadOnly {}
impl Readable for ReadWrite {}

/// Roots to which files may be added.
#[diagnostic::on_unimplemented(
    message = "a `Root<{Self}>` is not opened for writing",
    note = "open the directory with `Root::create_only` or `Root::read_write`"
)]
pub trait Writable: Access {}
impl Writable for ReadWrite {}
impl Writable for CreateOnly {}

pub use sealed::Access;
mod sealed {
    /// What a root is opened for: one of the three types here.
    pub trait Access: Send + Sync + 'static {}
    impl Access for super::ReadOnly {}
    impl Access for super::ReadWrite {}
    impl Access for super::CreateOnly {}
}

/// What the clones of a root have in common.
pub(super) struct Shared {
    pub(super) directory: Dir,
    pub(super) account: Account,
    pub(super) permits: Arc<Semaphore>,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    pub(super) read: u64,
    pub(super) file: u64,
    pub(super) total: u64,
    pub(super) files: u64,
    pub(super) page: usize,
    pub(super) hidden: bool,
}

impl Root<ReadOnly> {
    /// Opens a directory for reading.
    ///
    /// # Errors
    /// If there is no such directory or it cannot be read.
    pub fn read_only(directory: impl AsRef<Path>) -> io::Result<Self> {
        let directory = Dir::open_ambient_dir(directory, ambient_authority())?;
        Ok(Self::new(directory, Account::default()))
    }
}

impl Root<ReadWrite> {
    /// Opens a directory for reading, adding, replacing and removing. Counts what is in it, and removes
    /// temporary files that a process which was killed left behind.
    ///
    /// # Errors
    /// If there is no such directory, it cannot be read, or it holds more than a million entries.
    pub fn read_write(directory: impl AsRef<Path>) -> io::Result<Self> {
        Self::writable(directory.as_ref())
    }
}

impl Root<CreateOnly> {
    /// Opens a directory for adding files only. Counts what is in it, as [`Root::read_write`] does.
    ///
    /// # Errors
    /// If there is no such directory, it cannot be read, or it holds more than a million entries.
    pub fn create_only(directory: impl AsRef<Path>) -> io::Result<Self> {
        Self::writable(directory.as_ref())
    }
}

impl<A: Access> Root<A> {
    fn writable(directory: &Path) -> io::Result<Self> {
        let directory = Dir::open_ambient_dir(directory, ambient_authority())?;
        let account = Account::of(&directory)?;
        Ok(Self::new(directory, account))
    }

    fn new(directory: Dir, account: Account) -> Self {
        let permits = Arc::new(Semaphore::new(AT_ONCE));
        let shared = Arc::new(Shared { directory, account, permits });
        Root { shared, limits: Limits::default(), access: PhantomData }
    }

    /// Lets names through that begin with a dot. They are refused by default: `.git`, `.env` and `.ssh`
    /// are rarely meant.
    #[must_use]
    pub fn hidden_names(mut self) -> Self {
        self.limits.hidden = true;
        self
    }

    /// Refuses what this root does not show, before anything is opened.
    pub(super) fn admit(&self, path: &SafePath) -> Result<(), FileError> {
        if path.is_hidden() && !self.limits.hidden {
            return Err(FileError::HIDDEN);
        }
        Ok(())
    }
}

impl<A: Readable> Root<A> {
    /// The most bytes that one read returns. By default 1 MiB.
    #[must_use]
    pub fn max_read(mut self, bytes: u64) -> Self {
        self.limits.read = bytes;
        self
    }

    /// A directory beneath this root, or the root itself, opened now. Blocks.
    #[cfg(all(feature = "command", target_os = "linux"))]
    pub(crate) fn open_directory(&self, path: Option<&SafePath>) -> Result<File, FileError> {
        if let Some(path) = path {
            self.admit(path)?;
        }
        super::open::directory(&self.shared.directory, path.map(SafePath::as_path))
    }

    /// The most entries that one page of a listing has, at least 1. By default 100.
    #[must_use]
    pub fn max_page(mut self, entries: usize) -> Self {
        self.limits.page = entries.max(1);
        self
    }
}

impl<A: Writable> Root<A> {
    /// The most bytes that a file may have which is written here. By default 1 MiB.
    #[must_use]
    pub fn max_file(mut self, bytes: u64) -> Self {
        self.limits.file = bytes;
        self
    }

    /// The most bytes that all files beneath the root may have together, those that are being written
    /// and those that they replace included. By default 64 MiB.
    #[must_use]
    pub fn max_total(mut self, bytes: u64) -> Self {
        self.limits.total = bytes;
        self
    }

    /// The most files and directories beneath the root, those that are being written included. By
    /// default 1000.
    #[must_use]
    pub fn max_files(mut self, files: u64) -> Self {
        self.limits.files = files;
        self
    }
}

impl Default for Limits {
    fn default() -> Self {
        let file = 1 << 20;
        Limits { read: file, file, total: 64 << 20, files: 1000, page: 100, hidden: false }
    }
}

impl<A> Clone for Root<A> {
    fn clone(&self) -> Self {
        Root { shared: Arc::clone(&self.shared), limits: self.limits, access: PhantomData }
    }
}

impl<A> fmt::Debug for Root<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Root").field("limits", &self.limits).finish_non_exhaustive()
    }
}
