//! What git tracks, as its index says it: no program is started for it.
//!
//! Source: git's `Documentation/gitformat-index.adoc`, versions 2 to 4.

use std::ffi::OsStr;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use secrecy::zeroize::Zeroizing;

/// What to do about a secret that is tracked.
pub(super) const FIX: &str = "whoever has the repository has it. Replace the secret, \
                              `git rm --cached` the file, and add it to `.gitignore`";

/// The largest index and the largest `.env` that are read, in bytes.
const LARGEST_INDEX: u64 = 256 << 20;
const LARGEST_ENV: u64 = 1 << 20;

/// True if git tracks the file.
pub(super) fn tracks(path: &Path) -> io::Result<bool> {
    let (Some(directory), Some(name)) = (path.parent(), path.file_name()) else { return Ok(false) };
    let directory = if directory.as_os_str().is_empty() { Path::new(".") } else { directory };
    let directory = directory.canonicalize()?;
    let copies = directory.ancestors().filter_map(|root| Some((root, git_directory(root)?)));
    for (root, git) in copies {
        let Some(relative) = relative(&directory, root, name) else { continue };
        let Some(index) = index_of(&git)? else { continue };
        match search(&index, relative.as_bytes()) {
            Entry::Found => return Ok(true),
            Entry::Absent => {}
            Entry::Elsewhere(fix) => return Err(io::Error::other(fix)),
        }
    }
    Ok(false)
}

/// Those of the variables that a tracked `.env` sets, in this directory or above it.
pub(super) fn set_in_tracked_env<'a>(
    directory: &Path,
    variables: impl Iterator<Item = &'a str> + Clone,
) -> io::Result<Vec<&'a str>> {
    let directory = directory.canonicalize()?;
    let Some(root) = directory.ancestors().find(|root| git_directory(root).is_some()) else {
        return Ok(Vec::new());
    };
    let mut found = Vec::new();
    for path in directory.ancestors().map(|directory| directory.join(".env")) {
        if !path.starts_with(root) {
            break;
        }
        if path.is_file() && tracks(&path)? {
            let text = env_text(&path)?;
            found.extend(variables.clone().filter(|name| sets(&text, name)));
        }
    }
    Ok(found)
}

fn env_text(path: &Path) -> io::Result<Zeroizing<String>> {
    let mut bytes = Zeroizing::new(Vec::new());
    let read = fs::File::open(path)?.take(LARGEST_ENV + 1).read_to_end(&mut bytes)?;
    if read as u64 > LARGEST_ENV {
        return Err(io::Error::other("`.env` is larger than 1 MiB: keep variables in it alone"));
    }
    Ok(Zeroizing::new(String::from_utf8_lossy(&bytes).into_owned()))
}

/// True if there is a line `NAME=value`, or `export NAME=value`.
fn sets(text: &str, name: &str) -> bool {
    text.lines().any(|line| {
        let line = line.trim_start();
        let line = line.strip_prefix("export ").unwrap_or(line);
        line.split_once('=').is_some_and(|(left, right)| {
            left.trim() == name && !right.trim().trim_matches(['"', '\'']).is_empty()
        })
    })
}

/// Where git keeps what it knows of the working copy at this root, if it is one.
fn git_directory(root: &Path) -> Option<PathBuf> {
    let git = root.join(".git");
    if git.is_dir() {
        return Some(git);
    }
    // Of a further working copy, or of a submodule.
    let text = fs::read_to_string(&git).ok()?;
    Some(root.join(text.strip_prefix("gitdir:")?.trim()))
}

fn relative(directory: &Path, root: &Path, name: &OsStr) -> Option<String> {
    let path = directory.strip_prefix(root).ok()?.join(name);
    let parts: Option<Vec<&str>> = path.iter().map(OsStr::to_str).collect();
    Some(parts?.join("/"))
}

fn index_of(git: &Path) -> io::Result<Option<Vec<u8>>> {
    let file = match fs::File::open(git.join("index")) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut index = Vec::new();
    let read = file.take(LARGEST_INDEX + 1).read_to_end(&mut index)?;
    if read as u64 > LARGEST_INDEX {
        let fix = "the index is larger than 256 MiB: keep the file outside of this working copy";
        return Err(io::Error::other(fix));
    }
    Ok(Some(index))
}

/// What an index says of a name.
enum Entry {
    Found,
    Absent,
    /// It does not say all: what makes it do so.
    Elsewhere(&'static str),
}

/// Looks for an entry of this name. An index that cannot be read to its end has what its bytes have.
fn search(index: &[u8], path: &[u8]) -> Entry {
    // SHA-1 or SHA-256: the index does not say which.
    [20, 32].into_iter().find_map(|hash| entry(index, path, hash)).unwrap_or_else(|| {
        let name = |bytes: &[u8]| bytes.strip_suffix(&[0]) == Some(path);
        let found = index.windows(path.len() + 1).any(name);
        if found { Entry::Found } else { Entry::Absent }
    })
}

/// What extensions say of further entries, if they do. Those that begin with a capital letter may be ignored.
///
/// None if these bytes are no extensions, with a hash of this length behind them.
fn elsewhere(mut rest: &[u8], hash: usize) -> Option<Entry> {
    let mut found = Entry::Absent;
    while rest.len() > hash {
        let (name, after) = rest.split_at_checked(4)?;
        let (size, after) = after.split_at_checked(4)?;
        let fix = match name {
            b"link" => "the index is split: join it, by `git update-index --no-split-index`",
            b"sdir" => {
                "the index is sparse: `git sparse-checkout reapply --no-sparse-index` makes it whole"
            }
            [b'A'..=b'Z', ..] => "",
            _ => "the index has an extension that is not known here: make it anew, by an older git",
        };
        if !fix.is_empty() {
            found = Entry::Elsewhere(fix);
        }
        rest = after.get(usize::try_from(number(size)?).ok()?..)?;
    }
    (rest.len() == hash).then_some(found)
}

/// Times, device, inode, mode, owner and size.
const STAT: usize = 40;

/// None if the bytes are no index with hashes of this length.
fn entry(index: &[u8], path: &[u8], hash: usize) -> Option<Entry> {
    let (head, mut rest) = index.split_at_checked(12)?;
    let version = number(head.get(4..8)?)?;
    let entries = number(head.get(8..12)?)?;
    if !head.starts_with(b"DIRC") || !(2..=4).contains(&version) {
        return None;
    }
    let mut name: Vec<u8> = Vec::new();
    for _ in 0..entries {
        let flags = rest.get(STAT + hash..STAT + hash + 2)?;
        // The second bit says that there are two more bytes of flags, since version 3.
        let fixed = STAT + hash + if flags.first()? & 0x40 != 0 { 4 } else { 2 };
        let mut from = fixed;
        if version == 4 {
            let (dropped, length) = variable_number(rest.get(from..)?)?;
            name.truncate(name.len().checked_sub(dropped)?);
            from += length;
        } else {
            name.clear();
        }
        let written = rest.get(from..)?;
        let length = written.iter().position(|byte| *byte == 0)?;
        name.extend_from_slice(written.get(..length)?);
        // The low twelve bits of the flags are the length of the name: with hashes of the other length
        // something else stands there.
        let told = usize::from(u16::from_be_bytes([*flags.first()?, *flags.get(1)?]) & 0xfff);
        if told != name.len().min(0xfff) {
            return None;
        }
        if name == path {
            return Some(Entry::Found);
        }
        let end = from + length;
        // Padded with one to eight zeros to a multiple of eight, until version 4.
        let next = if version == 4 { end + 1 } else { (end + 8) / 8 * 8 };
        rest = rest.get(next..)?;
    }
    elsewhere(rest, hash)
}

fn number(bytes: &[u8]) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.try_into().ok()?))
}

/// The “offset encoding” of pack files, and how many bytes it took.
fn variable_number(bytes: &[u8]) -> Option<(usize, usize)> {
    let mut value = 0_usize;
    for (index, byte) in bytes.iter().enumerate().take(5) {
        value = value.checked_mul(128)? + usize::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            return Some((value, index + 1));
        }
        value += 1;
    }
    None
}
