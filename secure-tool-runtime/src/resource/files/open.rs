//! Opening beneath the root: what was opened is looked at, never what might be.

use std::fs::File;
use std::path::Path;

use cap_std::fs::{Dir, OpenOptions, OpenOptionsExt};
use rustix::fs::{FileType, OFlags, Stat, fstat};

use super::FileError;

/// Opens a regular file for reading, and gives its size in bytes.
pub(super) fn regular(root: &Dir, path: &Path) -> Result<(File, u64), FileError> {
    // A FIFO without a writer would wait for one, a terminal would become ours.
    let file = open(root, path, OFlags::NONBLOCK | OFlags::NOCTTY)?;
    let size = checked(&fstat(&file).map_err(std::io::Error::from)?)?;
    Ok((file, size))
}

/// Opens a directory, the root itself where there is no path.
pub(super) fn directory(root: &Dir, path: Option<&Path>) -> Result<File, FileError> {
    open(root, path.unwrap_or(Path::new(".")), OFlags::DIRECTORY)
}

fn open(root: &Dir, path: &Path, flags: OFlags) -> Result<File, FileError> {
    let mut options = OpenOptions::new();
    options.read(true).custom_flags(flags.bits().cast_signed());
    Ok(root.open_with(path, &options).map_err(FileError::resolving)?.into_std())
}

/// The size of a regular file of which there is no other link: that one might be anywhere.
pub(super) fn checked(stat: &Stat) -> Result<u64, FileError> {
    if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
        return Err(FileError::NOT_A_FILE);
    }
    if stat.st_nlink != 1 {
        return Err(FileError::LINKED);
    }
    Ok(u64::try_from(stat.st_size).unwrap_or(u64::MAX))
}
