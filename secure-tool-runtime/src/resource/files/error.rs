//! What goes wrong with files: one sentence for the client, the cause for the log.

use std::{fmt, io};

use rustix::io::Errno;

use crate::PublicError;

/// Why a file was not read, written, listed or removed.
///
/// What a client is told never says whether something exists that it may not use, but for
/// [`Exists`](Self::Exists), of which it learns that it cannot have the name. The cause is a `tracing`
/// event at the target `secure_tool::files`, without the path.
#[derive(Debug)]
#[non_exhaustive]
pub enum FileError {
    /// There is nothing of that name, or it is not to be used: a client cannot tell which.
    Unavailable(Unavailable),
    /// Something of that name exists, where only new files are made.
    Exists,
    /// More than may be read or listed at once.
    TooMuch,
    /// The content is larger than a file may be.
    FileQuota,
    /// The root has no room left, in bytes or in files.
    RootQuota,
    /// The file is not UTF-8.
    NotText,
    /// The file system failed.
    Storage(io::Error),
}

/// Why something is unavailable. For the log only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unavailable(pub(super) &'static str);

impl FileError {
    pub(super) const HIDDEN: Self = Self::Unavailable(Unavailable("hidden name"));
    pub(super) const NOT_A_FILE: Self = Self::Unavailable(Unavailable("not a regular file"));
    pub(super) const LINKED: Self = Self::Unavailable(Unavailable("more than one hard link"));

    /// What became of resolving a path.
    pub(super) fn resolving(error: io::Error) -> Self {
        let cause = match Errno::from_io_error(&error) {
            Some(Errno::NOENT) => "absent",
            Some(Errno::NOTDIR | Errno::ISDIR) => "a directory for a file, or the reverse",
            Some(Errno::LOOP) => "too many symbolic links",
            Some(Errno::XDEV) => "leaves the root",
            Some(Errno::ACCESS | Errno::PERM) => "no permission, or leaves the root",
            Some(Errno::NAMETOOLONG) => "name too long",
            // What `open` says of sockets and of devices that are not there.
            Some(Errno::NXIO | Errno::NODEV | Errno::OPNOTSUPP) => "a socket or device",
            Some(Errno::INVAL | Errno::ILSEQ) => "no name for this file system",
            Some(Errno::TXTBSY | Errno::BUSY | Errno::ROFS | Errno::NOTEMPTY) => "in use",
            // cap-std's own refusal to leave the root has no number.
            None if error.kind() == io::ErrorKind::PermissionDenied => "leaves the root",
            _ => return error.into(),
        };
        Self::Unavailable(Unavailable(cause))
    }

    /// Tells the log why.
    pub(super) fn logged(self) -> Self {
        tracing::warn!(target: "secure_tool::files", cause = %self, "refused");
        self
    }
}

impl From<io::Error> for FileError {
    fn from(error: io::Error) -> Self {
        match Errno::from_io_error(&error) {
            Some(Errno::NOSPC | Errno::DQUOT) => Self::RootQuota,
            _ => Self::Storage(error),
        }
    }
}

impl PublicError for FileError {
    fn public(&self) -> Option<&'static str> {
        Some(match self {
            Self::Unavailable(_) => "There is no such file here, or it may not be used.",
            Self::Exists => "Something of that name exists already. Choose another name.",
            Self::TooMuch => "This is more than may be read at once. Ask for a part of it.",
            Self::FileQuota => "The content is larger than a file may be here. Shorten it.",
            Self::RootQuota => "There is no room left here. Remove files first.",
            Self::NotText => "The file is not text.",
            Self::Storage(_) => return None,
        })
    }
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unavailable(Unavailable(cause)) => write!(f, "unavailable: {cause}"),
            Self::Exists => f.write_str("something of that name exists"),
            Self::TooMuch => f.write_str("more than may be read at once"),
            Self::FileQuota => f.write_str("the quota of a file is exceeded"),
            Self::RootQuota => f.write_str("the quota of the root is exceeded"),
            Self::NotText => f.write_str("not UTF-8"),
            // Kind and number only: the text of an inner error may hold a path.
            Self::Storage(error) => {
                write!(f, "file system: {}, error {:?}", error.kind(), error.raw_os_error())
            }
        }
    }
}

impl std::error::Error for FileError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Storage(error) => Some(error),
            _ => None,
        }
    }
}
