//! What a root holds, in bytes and in files, exact while any number of calls write.

use std::io;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use cap_std::fs::{Dir, Metadata, MetadataExt};

use super::root::Limits;
use super::{FileError, write};

/// The most entries that are counted when a root is opened.
const COUNTED: u64 = 1_000_000;

/// Bytes and files beneath a root, together with those that are being written.
#[derive(Debug, Default)]
pub(super) struct Account(Mutex<Usage>);

/// An amount of bytes and files.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Usage {
    pub(super) bytes: u64,
    pub(super) files: u64,
}

impl Account {
    /// Counts what is beneath a directory, as far as it can be read. Others may be at work there.
    pub(super) fn of(root: &Dir) -> io::Result<Self> {
        // The root itself has to be readable, or nothing would count.
        root.entries()?;
        let mut usage = Usage::default();
        let mut directories = vec![PathBuf::from(".")];
        while let Some(path) = directories.pop() {
            let Some(directory) = unless_gone(root.open_dir(&path))? else { continue };
            let Some(entries) = unless_gone(directory.entries())? else { continue };
            for entry in entries {
                let entry = entry?;
                if write::is_abandoned(&directory, &entry) {
                    unless_gone(entry.remove_file())?;
                    continue;
                }
                let Some(metadata) = unless_gone(entry.metadata())? else { continue };
                usage.add(&metadata);
                if metadata.is_dir() {
                    directories.push(path.join(entry.file_name()));
                }
            }
            if usage.files > COUNTED {
                return Err(io::Error::other("more than a million entries beneath the root"));
            }
        }
        Ok(Account(Mutex::new(usage)))
    }

    /// Sets room aside for a file or directory that is about to be written.
    pub(super) fn reserve(
        &self,
        bytes: u64,
        limits: &Limits,
    ) -> Result<Reservation<'_>, FileError> {
        let mut usage = self.lock();
        let total = usage.bytes.checked_add(bytes).filter(|total| *total <= limits.total);
        let (Some(total), true) = (total, usage.files < limits.files) else {
            return Err(FileError::RootQuota);
        };
        *usage = Usage { bytes: total, files: usage.files + 1 };
        Ok(Reservation { account: self, bytes })
    }

    /// Takes something away, and off the account what it says it was. One at a time: two calls must not
    /// both have removed the same file.
    pub(super) fn release(
        &self,
        remove: impl FnOnce() -> Result<Usage, FileError>,
    ) -> Result<(), FileError> {
        let mut usage = self.lock();
        let removed = remove()?;
        usage.take(removed);
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, Usage> {
        // Sums are changed at once: a panic leaves no half of one.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[cfg(test)]
    pub(super) fn usage(&self) -> Usage {
        *self.lock()
    }
}

impl Usage {
    fn add(&mut self, found: &Metadata) {
        self.files += 1;
        if found.is_file() {
            self.bytes = self.bytes.saturating_add(found.size());
        }
    }

    /// What others removed behind our back was counted, what they added was not.
    fn take(&mut self, removed: Usage) {
        self.bytes = self.bytes.saturating_sub(removed.bytes);
        self.files = self.files.saturating_sub(removed.files);
    }
}

/// Nothing, where something is not there any more or is not ours to read.
fn unless_gone<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    use io::ErrorKind::{NotFound, PermissionDenied};
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if matches!(error.kind(), NotFound | PermissionDenied) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Room for one file. Given back when dropped, unless the file was put in its place.
pub(super) struct Reservation<'a> {
    account: &'a Account,
    bytes: u64,
}

impl Reservation<'_> {
    /// Puts the file in its place, and takes off the account what it says it replaced.
    pub(super) fn settle(
        self,
        place: impl FnOnce() -> Result<Usage, FileError>,
    ) -> Result<(), FileError> {
        self.account.release(place)?;
        std::mem::forget(self);
        Ok(())
    }
}

impl Drop for Reservation<'_> {
    fn drop(&mut self) {
        self.account.lock().take(Usage { bytes: self.bytes, files: 1 });
    }
}
