//! Writing: a temporary file beside its place, complete and on the disk before it gets there.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::AsFd;
use std::time::Duration;

use cap_std::fs::{Dir, DirEntry};
use rustix::fs::{AtFlags, Mode, OFlags, RenameFlags, Stat};
use rustix::io::Errno;
use tokio_util::sync::CancellationToken;

use super::path::TEMPORARY;
use super::quota::Usage;
use super::root::{Limits, ReadWrite, Shared, Writable};
use super::{FileError, Root, SafePath, open};

/// Between two of these, in bytes, a write can be cancelled.
const STEP: usize = 64 << 10;

/// A temporary file that nobody holds is abandoned when it is that old.
const ABANDONED: Duration = Duration::from_secs(60);

/// The permissions of a temporary file become those of a new one: nobody else's.
const PRIVATE: Mode = Mode::RUSR.union(Mode::WUSR);

impl<A: Writable> Root<A> {
    /// Adds a file, readable for the server's user alone. Its directory has to exist. Whatever has the
    /// name already stays as it is.
    ///
    /// The file is there complete, and on the disk, or not at all, also when the call is cancelled, the
    /// process killed or the power lost. Needs a file system that renames without replacing
    /// (`RENAME_NOREPLACE`); NFS does not.
    ///
    /// # Errors
    /// [`FileError::Exists`] if something has the name; [`FileError::Unavailable`] if there is no such
    /// directory or it may not be used; [`FileError::FileQuota`] and [`FileError::RootQuota`] beyond
    /// [`max_file`](Root::max_file), [`max_total`](Root::max_total), [`max_files`](Root::max_files).
    pub async fn create(
        &self,
        path: &SafePath,
        content: impl Into<Vec<u8>>,
    ) -> Result<(), FileError> {
        self.put(path, content.into(), Place::New).await
    }

    async fn put(&self, path: &SafePath, content: Vec<u8>, place: Place) -> Result<(), FileError> {
        self.admit(path).map_err(FileError::logged)?;
        let (path, limits) = (path.clone(), self.limits);
        self.shared
            .run(move |shared, cancelled| store(shared, &limits, &path, &content, place, cancelled))
            .await
    }
}

impl Root<ReadWrite> {
    /// Writes a file, in place of an older one if there is one, whose permissions it keeps. Its
    /// directory has to exist.
    ///
    /// The old content stays until the new one is complete and on the disk. Until then both count
    /// towards the quota.
    ///
    /// # Errors
    /// As [`Root::create`], without [`FileError::Exists`]; [`FileError::Unavailable`] also if something
    /// has the name that is no regular file, or there is another link to it.
    pub async fn write(
        &self,
        path: &SafePath,
        content: impl Into<Vec<u8>>,
    ) -> Result<(), FileError> {
        self.put(path, content.into(), Place::OfOlder).await
    }
}

/// Where a file goes.
#[derive(Debug, Clone, Copy)]
enum Place {
    /// Where there is nothing.
    New,
    /// Where there may be an older file.
    OfOlder,
}

fn store(
    shared: &Shared,
    limits: &Limits,
    path: &SafePath,
    content: &[u8],
    place: Place,
    cancelled: &CancellationToken,
) -> Result<(), FileError> {
    let size = content.len() as u64;
    if size > limits.file {
        return Err(FileError::FileQuota);
    }
    let (directory, name) = path.split();
    // The directory itself from here on: what becomes of its name does not matter.
    let directory = open::directory(&shared.directory, directory)?;
    let reservation = shared.account.reserve(size, limits)?;
    let mut temporary = Temporary::new(&directory)?;
    temporary.fill(content, cancelled)?;
    reservation.settle(|| {
        still_wanted(cancelled)?;
        match place {
            Place::New => temporary.add(name),
            Place::OfOlder => temporary.replace(name),
        }
    })?;
    Ok(directory.sync_all()?)
}

fn still_wanted(cancelled: &CancellationToken) -> Result<(), FileError> {
    if cancelled.is_cancelled() {
        return Err(io::Error::from(io::ErrorKind::Interrupted).into());
    }
    Ok(())
}

/// A file that is removed when dropped, unless it was put in its place.
pub(super) struct Temporary<'a> {
    directory: &'a File,
    name: String,
    file: File,
    placed: bool,
}

impl<'a> Temporary<'a> {
    pub(super) fn new(directory: &'a File) -> Result<Self, FileError> {
        let random = getrandom::u64().map_err(io::Error::other)?;
        let name = format!("{TEMPORARY}{random:016x}");
        let flags = OFlags::CREATE | OFlags::EXCL | OFlags::WRONLY | OFlags::CLOEXEC;
        let file = rustix::fs::openat(directory, &name, flags, PRIVATE).map_err(resolving)?;
        let temporary = Temporary { directory, name, file: file.into(), placed: false };
        // Held while we live: whoever opens the root meanwhile leaves it alone.
        temporary.file.try_lock().map_err(io::Error::from)?;
        Ok(temporary)
    }

    pub(super) fn fill(
        &mut self,
        content: &[u8],
        cancelled: &CancellationToken,
    ) -> Result<(), FileError> {
        for step in content.chunks(STEP) {
            still_wanted(cancelled)?;
            self.file.write_all(step)?;
        }
        Ok(self.file.sync_all()?)
    }

    /// Puts it where there is nothing.
    fn add(&mut self, name: &str) -> Result<Usage, FileError> {
        let (directory, flags) = (self.directory.as_fd(), RenameFlags::NOREPLACE);
        match rustix::fs::renameat_with(directory, &self.name, directory, name, flags) {
            Ok(()) => self.placed = true,
            Err(Errno::EXIST) => return Err(FileError::Exists),
            Err(error) => return Err(io::Error::from(error).into()),
        }
        Ok(Usage::default())
    }

    /// Puts it in the place of a file, and says what that was.
    fn replace(&mut self, name: &str) -> Result<Usage, FileError> {
        let old = lstat(self.directory, name)?;
        let mut replaced = Usage::default();
        if let Some(old) = old {
            replaced = Usage { bytes: open::checked(&old)?, files: 1 };
            let permissions = Mode::from_raw_mode(old.st_mode) & Mode::from_raw_mode(0o777);
            rustix::fs::fchmod(&self.file, permissions).map_err(io::Error::from)?;
        }
        rustix::fs::renameat(self.directory, &self.name, self.directory, name)
            .map_err(resolving)?;
        self.placed = true;
        Ok(replaced)
    }
}

impl Drop for Temporary<'_> {
    fn drop(&mut self) {
        if !self.placed {
            // If it cannot be removed now, it is when the root is opened again.
            let _ = rustix::fs::unlinkat(self.directory, &self.name, AtFlags::empty());
        }
    }
}

/// What has a name in a directory, links not followed.
pub(super) fn lstat(directory: &File, name: &str) -> Result<Option<Stat>, FileError> {
    match rustix::fs::statat(directory, name, AtFlags::SYMLINK_NOFOLLOW) {
        Ok(stat) => Ok(Some(stat)),
        Err(Errno::NOENT) => Ok(None),
        Err(error) => Err(resolving(error)),
    }
}

pub(super) fn resolving(error: Errno) -> FileError {
    FileError::resolving(error.into())
}

/// True for a temporary file of ours whose process is gone.
pub(super) fn is_abandoned(directory: &Dir, entry: &DirEntry) -> bool {
    let name = entry.file_name();
    if !name.to_str().is_some_and(|name| name.starts_with(TEMPORARY)) {
        return false;
    }
    let Ok((file, _)) = open::regular(directory, name.as_ref()) else { return false };
    let age = file.metadata().and_then(|metadata| metadata.modified()).ok();
    let age = age.and_then(|modified| modified.elapsed().ok());
    age.is_some_and(|age| age > ABANDONED) && file.try_lock().is_ok()
}
