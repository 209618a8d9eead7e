//! A key, and its entry: what is kept of it.

use std::fmt;
use std::time::SystemTime;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::PREFIX;
use crate::caller::{Caller, InvalidName};
use crate::manifest::hex;

/// What stands before a digest in an entry.
const ALGORITHM: &str = "sha256:";

/// Hexadecimal digits of a key: 256 bits.
const DIGITS: usize = 64;

/// The SHA-256 of a key. The key itself cannot be found from it, since it has 256 random bits.
pub(crate) type Digest = [u8; 32];

/// A new key of 256 bits.
///
/// # Errors
/// If the operating system has no randomness to give.
#[cfg(feature = "cli")]
pub(crate) fn new_key() -> std::io::Result<SecretString> {
    let mut bytes = [0; DIGITS / 2];
    getrandom::fill(&mut bytes)?;
    Ok(format!("{PREFIX}{}", hex(&bytes)).into())
}

/// True if it has the form of a key.
pub(crate) fn is_key(text: &str) -> bool {
    let digits = text.strip_prefix(PREFIX).unwrap_or_default().as_bytes();
    digits.len() == DIGITS && digits.iter().all(|c| matches!(c, b'0'..=b'9' | b'a'..=b'f'))
}

pub(crate) fn digest(key: &str) -> Digest {
    Sha256::digest(key).into()
}

/// A digest in hexadecimal.
pub(crate) fn read_digest(text: &str) -> Option<Digest> {
    let value = |c: u8| char::from(c).to_digit(16).and_then(|value| u8::try_from(value).ok());
    let byte = |pair: &[u8]| Some(value(pair[0])? << 4 | value(pair[1])?);
    let bytes: Option<Vec<u8>> = text.as_bytes().chunks_exact(2).map(byte).collect();
    bytes?.try_into().ok().filter(|_| text.len() == DIGITS)
}

/// What is kept of a key: whose it is, what it grants, and its hash.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Entry {
    pub(crate) name: String,
    hash: String,
    #[serde(default)]
    scopes: Vec<String>,
    #[serde(default)]
    roles: Vec<String>,
    /// When it ends, if it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expires: Option<String>,
}

impl Entry {
    /// The entry of a key.
    #[cfg(feature = "cli")]
    pub(crate) fn of(
        key: &SecretString,
        name: &str,
        scopes: Vec<String>,
        roles: Vec<String>,
        expires: Option<String>,
    ) -> Self {
        let hash = format!("{ALGORITHM}{}", hex(&digest(key.expose_secret())));
        Entry { name: name.to_owned(), hash, scopes, roles, expires }
    }

    /// The digest, unless it is written in another way than `keys new` writes it.
    pub(crate) fn digest(&self) -> Option<Digest> {
        read_digest(self.hash.strip_prefix(ALGORITHM)?)
    }

    /// When it ends; `None` if what is written there is no date, `Some(None)` if it does not.
    pub(crate) fn end(&self) -> Option<Option<SystemTime>> {
        match &self.expires {
            None => Some(None),
            Some(text) => super::expiry::parse(text).map(Some),
        }
    }

    /// Who calls with it.
    ///
    /// # Errors
    /// If the name, a scope or a role is not valid.
    pub(crate) fn caller(&self) -> Result<Caller, InvalidName> {
        // A prefix alone would be a name.
        Caller::new(&self.name)?;
        Caller::new(&format!("{}{}", super::SUBJECT, self.name))?
            .with_scopes(self.scopes.iter().map(String::as_str))?
            .with_roles(self.roles.iter().map(String::as_str))
    }
}

/// Shows the name: nothing of the key.
impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Entry").field(&self.name).finish()
    }
}
