//! The guard: finds loaded secrets in what is about to leave, and puts [`REPLACEMENT`] in their place.
//!
//! What is under guard is known to the whole process, so that loading is enough: nobody can forget to tell
//! a server. Who scans takes a counted reference and holds no lock.

mod answer;
mod encodings;
mod replaced;
mod scanner;

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use secrecy::{ExposeSecret, SecretString};

pub(crate) use self::answer::{in_answer, in_blocks, in_question, in_value};
pub(crate) use self::replaced::Replaced;
use self::scanner::Scanner;
use super::judge::{LONGEST, SHORTEST};

/// What stands in the place of a secret: as long as the shortest one, so that no text grows.
pub const REPLACEMENT: &str = "[secret]";

const _: () = assert!(REPLACEMENT.len() <= SHORTEST);

/// The most secrets under guard in one process.
pub const MOST: usize = 1024;

/// What is searched for.
static GUARDED: RwLock<Option<Arc<Scanner>>> = RwLock::new(None);

/// Whether there is anything to search for: all that a server without secrets pays for.
static ANY: AtomicBool = AtomicBool::new(false);

/// There are [`MOST`] secrets under guard already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooMany;

impl fmt::Display for TooMany {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "this process has {MOST} secrets under guard, and cannot take another one")
    }
}

impl std::error::Error for TooMany {}

/// Puts a secret under guard that was not loaded by [`Secrets`](trait@crate::Secrets): from a vault, or after a
/// rotation. It stays there as long as the process runs.
///
/// One of fewer than [`SHORTEST`] or more than [`LONGEST`] bytes cannot be guarded, and is not.
///
/// ```
/// use secure_tool_runtime::secrets::{self, SecretString};
///
/// let token = SecretString::from("fetched-from-the-vault-just-now");
/// assert_eq!(secrets::guard(&token), Ok(true));
/// assert_eq!(secrets::guard(&SecretString::from("short")), Ok(false));
/// ```
///
/// # Errors
/// If there are [`MOST`] already.
pub fn guard(secret: &SecretString) -> Result<bool, TooMany> {
    let value = secret.expose_secret();
    if !(SHORTEST..=LONGEST).contains(&value.len()) {
        return Ok(false);
    }
    under_guard([value].into_iter())?;
    Ok(true)
}

/// Puts all of these under guard, or none.
pub(super) fn under_guard<'a>(values: impl Iterator<Item = &'a str>) -> Result<(), TooMany> {
    let mut guarded = GUARDED.write().unwrap_or_else(PoisonError::into_inner);
    let old = guarded.as_deref();
    let new: Vec<&str> =
        values.filter(|value| old.is_none_or(|scanner| !scanner.knows(value))).collect();
    if new.is_empty() {
        return Ok(());
    }
    let scanner = Scanner::with(old, &new);
    if scanner.secrets() > MOST {
        return Err(TooMany);
    }
    *guarded = Some(Arc::new(scanner));
    ANY.store(true, Ordering::Release);
    Ok(())
}

/// What is searched for, if anything is.
fn scanner() -> Option<Arc<Scanner>> {
    if !ANY.load(Ordering::Acquire) {
        return None;
    }
    GUARDED.read().unwrap_or_else(PoisonError::into_inner).clone()
}

/// Replaces all secrets under guard in a text by [`REPLACEMENT`], and says how many there were.
///
/// For what does not go through a server: lines of a log of your own, prompts, resources.
pub fn replace(text: &mut String) -> u32 {
    scanner().map_or(0, |scanner| scanner.replace(text))
}

/// The longest text that may have to be replaced, in bytes: a text that is to be cut is searched that far
/// beyond the cut.
pub(crate) fn longest() -> usize {
    scanner().map_or(0, |scanner| scanner.longest())
}

#[cfg(test)]
mod tests;
