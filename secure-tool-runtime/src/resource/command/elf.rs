//! What kind of program a file is.

use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

/// `e_machine` of programs that this processor runs (System V ABI).
const MACHINE: Option<u16> = match () {
    () if cfg!(target_arch = "x86_64") => Some(62),
    () if cfg!(target_arch = "aarch64") => Some(183),
    () if cfg!(target_arch = "riscv64") => Some(243),
    () => None,
};

/// 64 bits, least significant byte first.
const CLASS: &[u8] = b"\x7fELF\x02\x01";

/// `p_type` of the segment that names the loader.
const INTERPRETER: u32 = 3;

/// The most segments that are looked through.
const MOST_SEGMENTS: u16 = 64;

/// The loader of a native program; none if it is linked statically. What is not a native program is an
/// error: given to `execvp`, a script would be run by a shell.
pub(super) fn loader(program: &Path) -> io::Result<Option<PathBuf>> {
    let file = File::open(program)?;
    let mut head = [0; 64];
    file.read_exact_at(&mut head, 0).map_err(|_| foreign())?;
    if !head.starts_with(CLASS) || MACHINE != Some(u16::from_le_bytes([head[18], head[19]])) {
        return Err(foreign());
    }
    let table = number(&head[32..40]);
    let size = u64::from(u16::from_le_bytes([head[54], head[55]]));
    let count = u16::from_le_bytes([head[56], head[57]]).min(MOST_SEGMENTS);
    for index in 0..u64::from(count) {
        let mut segment = [0; 56];
        let at = table.checked_add(index * size).ok_or_else(foreign)?;
        file.read_exact_at(&mut segment, at).map_err(|_| foreign())?;
        if segment[..4] == INTERPRETER.to_le_bytes() {
            return name(&file, number(&segment[8..16]), number(&segment[32..40])).map(Some);
        }
    }
    Ok(None)
}

fn number(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

fn name(file: &File, at: u64, length: u64) -> io::Result<PathBuf> {
    let length = usize::try_from(length).ok().filter(|length| (2..=4096).contains(length));
    let mut name = vec![0; length.ok_or_else(foreign)?];
    file.read_exact_at(&mut name, at).map_err(|_| foreign())?;
    // The byte that ends it.
    name.pop();
    Ok(OsString::from_vec(name).into())
}

fn foreign() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "not a native program")
}
