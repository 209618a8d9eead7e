//! Removing files; making and removing directories.

use rustix::fs::{AtFlags, FileType, Mode};
use rustix::io::Errno;
use tokio_util::sync::CancellationToken;

use super::quota::Usage;
use super::root::{ReadWrite, Shared, Writable};
use super::write::{lstat, resolving};
use super::{FileError, Root, SafePath, open};

impl<A: Writable> Root<A> {
    /// Makes a directory, for the server's user alone. The one around it has to exist.
    ///
    /// # Errors
    /// As [`Root::create`].
    pub async fn create_directory(&self, path: &SafePath) -> Result<(), FileError> {
        self.admit(path).map_err(FileError::logged)?;
        let (path, limits) = (path.clone(), self.limits);
        let make = move |shared: &Shared, _: &CancellationToken| {
            let (parent, name) = path.split();
            let parent = open::directory(&shared.directory, parent)?;
            let reservation = shared.account.reserve(0, &limits)?;
            reservation.settle(|| match rustix::fs::mkdirat(&parent, name, Mode::RWXU) {
                Ok(()) => Ok(Usage::default()),
                Err(Errno::EXIST) => Err(FileError::Exists),
                Err(error) => Err(resolving(error)),
            })?;
            Ok(parent.sync_all()?)
        };
        self.shared.run(make).await
    }
}

impl Root<ReadWrite> {
    /// Removes a file, for good once this returns.
    ///
    /// # Errors
    /// [`FileError::Unavailable`] if there is no such file, or it may not be used.
    pub async fn remove(&self, path: &SafePath) -> Result<(), FileError> {
        self.take_away(path, FileType::RegularFile).await
    }

    /// Removes an empty directory.
    ///
    /// # Errors
    /// [`FileError::Unavailable`] if there is no such directory, it may not be used, or is not empty.
    pub async fn remove_directory(&self, path: &SafePath) -> Result<(), FileError> {
        self.take_away(path, FileType::Directory).await
    }

    async fn take_away(&self, path: &SafePath, kind: FileType) -> Result<(), FileError> {
        self.admit(path).map_err(FileError::logged)?;
        let path = path.clone();
        self.shared.run(move |shared, _| remove(shared, &path, kind)).await
    }
}

fn remove(shared: &Shared, path: &SafePath, kind: FileType) -> Result<(), FileError> {
    let (parent, name) = path.split();
    let parent = open::directory(&shared.directory, parent)?;
    shared.account.release(|| {
        let stat = lstat(&parent, name)?.ok_or(resolving(Errno::NOENT))?;
        let (bytes, flags) = match kind {
            // A file is told from a directory by the system call.
            FileType::Directory => (0, AtFlags::REMOVEDIR),
            _ => (open::checked(&stat)?, AtFlags::empty()),
        };
        rustix::fs::unlinkat(&parent, name, flags).map_err(resolving)?;
        Ok(Usage { bytes, files: 1 })
    })?;
    Ok(parent.sync_all()?)
}
