//! Reading: all of a file or a part of it, within the limit or not at all.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};

use super::root::{Readable, Shared};
use super::{FileError, Root, SafePath, open};
use crate::output::Untrusted;

impl<A: Readable> Root<A> {
    /// All bytes of a file.
    ///
    /// # Errors
    /// [`FileError::Unavailable`] if there is no such file or it may not be read;
    /// [`FileError::TooMuch`] if it is larger than [`Root::max_read`]: nothing is cut off in silence.
    pub async fn read(&self, path: &SafePath) -> Result<Vec<u8>, FileError> {
        self.read_with(path, whole).await
    }

    /// All of a file, as text.
    ///
    /// # Errors
    /// As [`Root::read`], and [`FileError::NotText`] if it is not UTF-8.
    pub async fn read_text(&self, path: &SafePath) -> Result<String, FileError> {
        let bytes = self.read(path).await?;
        String::from_utf8(bytes).map_err(|_| FileError::NotText.logged())
    }

    /// All of a file that others may have written, marked as such on its way to a model.
    ///
    /// # Errors
    /// As [`Root::read_text`].
    pub async fn read_untrusted(&self, path: &SafePath) -> Result<Untrusted<String>, FileError> {
        Ok(Untrusted::new(self.read_text(path).await?, "a file"))
    }

    /// At most `length` bytes of a file, from `offset`, in bytes. Less if the file ends before, nothing
    /// behind its end.
    ///
    /// # Errors
    /// As [`Root::read`]; [`FileError::TooMuch`] if `length` is greater than [`Root::max_read`].
    pub async fn read_range(
        &self,
        path: &SafePath,
        offset: u64,
        length: u64,
    ) -> Result<Vec<u8>, FileError> {
        self.read_with(path, move |shared, path, limit| {
            if length > limit {
                return Err(FileError::TooMuch);
            }
            let (mut file, size) = open::regular(&shared.directory, path.as_path())?;
            if offset >= size {
                return Ok(Vec::new());
            }
            file.seek(SeekFrom::Start(offset))?;
            take(file, length.min(size - offset), length)
        })
        .await
    }

    /// The benchmark's way in: opens as each read does, on the thread at hand.
    #[doc(hidden)]
    pub fn open_blocking(&self, path: &SafePath) -> Result<File, FileError> {
        self.admit(path)?;
        Ok(open::regular(&self.shared.directory, path.as_path())?.0)
    }

    async fn read_with(
        &self,
        path: &SafePath,
        read: impl FnOnce(&Shared, &SafePath, u64) -> Result<Vec<u8>, FileError> + Send + 'static,
    ) -> Result<Vec<u8>, FileError> {
        self.admit(path).map_err(FileError::logged)?;
        let (path, limit) = (path.clone(), self.limits.read);
        self.shared.run(move |shared, _| read(shared, &path, limit)).await
    }
}

fn whole(shared: &Shared, path: &SafePath, limit: u64) -> Result<Vec<u8>, FileError> {
    let (file, size) = open::regular(&shared.directory, path.as_path())?;
    if size > limit {
        return Err(FileError::TooMuch);
    }
    // It may grow while it is read: one byte more tells.
    let bytes = take(file, size, limit.saturating_add(1))?;
    if bytes.len() as u64 > limit { Err(FileError::TooMuch) } else { Ok(bytes) }
}

fn take(file: impl Read, expected: u64, most: u64) -> Result<Vec<u8>, FileError> {
    let mut bytes = Vec::with_capacity(usize::try_from(expected).unwrap_or(0).saturating_add(1));
    file.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}
