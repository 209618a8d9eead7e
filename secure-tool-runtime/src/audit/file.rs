//! A file of lines that is rotated by size (checklist: Logs are retained appropriately).
//!
//! Own code, because the crates for it do not keep the promise that no record is lost silently:
//! `file-rotate` 0.8 forgets errors on opening and then reports writes that went nowhere as done, and
//! panics when a file is missing; `logroller` 0.1 uses `write_all`, so a retry after a full disk
//! repeats what was written, never recovers if the new file cannot be opened, deletes in a
//! background thread whose errors it only prints, and sets permissions after creating.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// Where lines go, how long the file gets, and how many old ones there are.
#[derive(Clone, Debug)]
pub(super) struct Rotation {
    pub(super) path: PathBuf,
    /// Bytes a file holds before it is rotated.
    pub(super) limit: u64,
    /// Old files kept beside the current one: `path.1` is the latest.
    pub(super) keep: usize,
}

/// A rotated file.
#[derive(Debug)]
pub(super) struct RotatedFile {
    rotation: Rotation,
    /// None after an error on opening; the next call opens it.
    file: Option<File>,
    /// Bytes of the next line that an earlier, failed call has written to `file`.
    torn: usize,
}

impl RotatedFile {
    /// Opens the file, so that what is wrong with it shows at the start.
    pub(super) fn open(rotation: Rotation) -> io::Result<Self> {
        let file = Some(open(&rotation.path)?);
        Ok(Self { rotation, file, torn: 0 })
    }

    /// Appends whole lines and removes from `lines` those that are in the file. After an error the
    /// rest is still in `lines`; called again, this goes on where it broke off, within a line too.
    pub(super) fn append(&mut self, lines: &mut Vec<u8>) -> io::Result<()> {
        let mut done = 0;
        let result = loop {
            if done == lines.len() {
                break Ok(());
            }
            match self.append_some(&lines[done..]) {
                Ok(written) => done += written,
                Err((written, error)) => {
                    done += written;
                    break Err(error);
                }
            }
        };
        lines.drain(..done);
        result
    }

    /// Appends as many lines as fit into the current file, at least one. Gives the length of those
    /// that were written completely, on failure too.
    fn append_some(&mut self, lines: &[u8]) -> Result<usize, (usize, io::Error)> {
        let fitting = self.room_for(lines).map_err(|error| (0, error))?;
        let file = self.file.as_mut().expect("`room_for` opened it");
        write_lines(file, &lines[..fitting], &mut self.torn)?;
        Ok(fitting)
    }

    /// The length of the lines that fit, after opening or rotating as needed.
    fn room_for(&mut self, lines: &[u8]) -> io::Result<usize> {
        let metadata = self.current()?;
        // What a line lacks belongs into the file that has its beginning.
        if self.torn > 0 || !metadata.is_file() {
            return Ok(if self.torn > 0 { first_line(lines) } else { lines.len() });
        }
        let room = self.rotation.limit.saturating_sub(metadata.len());
        let fitting = whole_lines(lines, room);
        if fitting > 0 {
            return Ok(fitting);
        }
        if metadata.len() > 0 {
            self.rotate()?;
        }
        // A single line above the limit gets a file to itself.
        Ok(whole_lines(lines, self.rotation.limit).max(first_line(lines)))
    }

    /// The state of the file that the path names. Opens it if it is not the one that we have: someone
    /// has moved it away, and lines written to a deleted file would be lost silently.
    fn current(&mut self) -> io::Result<Metadata> {
        if let Some(file) = &self.file {
            let ours = file.metadata()?;
            match fs::metadata(&self.rotation.path) {
                Ok(named) if same(&ours, &named) => return Ok(ours),
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        self.reopen()?.metadata()
    }

    fn reopen(&mut self) -> io::Result<&File> {
        self.file = None;
        // A line that was torn in another file is written again as a whole.
        self.torn = 0;
        Ok(self.file.insert(open(&self.rotation.path)?))
    }

    /// Makes the current file the first of the old ones.
    fn rotate(&mut self) -> io::Result<()> {
        // Only as far as the first gap: when rotation fails half-way and is tried again, files that
        // have been moved already must not be pushed out.
        let mut gap = 1;
        while gap < self.rotation.keep && self.old(gap).try_exists()? {
            gap += 1;
        }
        for number in (1..gap).rev() {
            fs::rename(self.old(number), self.old(number + 1))?;
        }
        fs::rename(&self.rotation.path, self.old(1))?;
        self.reopen()?;
        Ok(())
    }

    fn old(&self, number: usize) -> PathBuf {
        let mut name = self.rotation.path.clone().into_os_string();
        name.push(format!(".{number}"));
        PathBuf::from(name)
    }
}

/// Opens a file to append to, created for its owner alone. If it ends within a line, which is what a
/// crash leaves, the next line starts on a new one.
fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    if file.metadata()?.is_file() {
        // Two processes would rotate each other's records away: the second is told `WouldBlock`.
        file.try_lock()?;
    }
    if ends_within_line(path, &file.metadata()?) {
        file.write_all(b"\n")?;
    }
    Ok(file)
}

fn ends_within_line(path: &Path, metadata: &Metadata) -> bool {
    if !metadata.is_file() || metadata.len() == 0 {
        return false;
    }
    let last = || -> io::Result<u8> {
        let mut byte = [0];
        let mut file = File::open(path)?;
        file.seek(SeekFrom::End(-1))?;
        file.read_exact(&mut byte)?;
        Ok(byte[0])
    };
    // A file that we may write but not read: better an empty line than a broken one.
    last().map_or(true, |byte| byte != b'\n')
}

/// Writes lines, of which the first `torn` bytes are written already. On an error it gives the
/// length of the complete lines, and `torn` is what there is of the next one.
fn write_lines(
    out: &mut impl Write,
    lines: &[u8],
    torn: &mut usize,
) -> Result<(), (usize, io::Error)> {
    let mut at = *torn;
    while at < lines.len() {
        let error = match out.write(&lines[at..]) {
            Ok(0) => io::ErrorKind::WriteZero.into(),
            Ok(written) => {
                at += written;
                continue;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => error,
        };
        let complete = end_of_last_line(&lines[..at]);
        *torn = at - complete;
        return Err((complete, error));
    }
    *torn = 0;
    Ok(())
}

/// The length of the lines that fit into `room` bytes as a whole.
fn whole_lines(lines: &[u8], room: u64) -> usize {
    let room = usize::try_from(room).unwrap_or(usize::MAX).min(lines.len());
    end_of_last_line(&lines[..room])
}

fn end_of_last_line(bytes: &[u8]) -> usize {
    bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1)
}

fn first_line(lines: &[u8]) -> usize {
    lines.iter().position(|byte| *byte == b'\n').map_or(lines.len(), |at| at + 1)
}

#[cfg(unix)]
fn same(ours: &Metadata, named: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    (ours.dev(), ours.ino()) == (named.dev(), named.ino())
}

/// Elsewhere an open file cannot be moved away.
#[cfg(not(unix))]
fn same(_ours: &Metadata, _named: &Metadata) -> bool {
    true
}

#[cfg(test)]
mod tests;
