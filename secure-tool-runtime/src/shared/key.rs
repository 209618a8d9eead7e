//! Keys in a store: nobody can tell from them who or what they stand for.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

use crate::manifest::hex;
use crate::server::StartError;

/// The shortest secret, in bytes.
const SHORTEST: usize = 32;

/// The key of one thing in a [`Store`](super::Store): the first 128 bits of a keyed hash.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key([u8; 16]);

impl Key {
    /// The bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8; 16] {
        &self.0
    }

    pub(super) fn hex(self) -> String {
        hex(&self.0)
    }

    /// As [`Key::hex`] writes it.
    pub(super) fn from_hex(text: &str) -> Option<Self> {
        let digits = text.as_bytes().iter().all(u8::is_ascii_hexdigit) && text.len() == 32;
        let number = digits.then(|| u128::from_str_radix(text, 16).ok())??;
        Some(Key(number.to_be_bytes()))
    }
}

/// Shows nothing: who knows keys could delete them.
impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(..)")
    }
}

/// Makes keys under the secret of the instances.
#[derive(Clone)]
pub(super) struct SecretKeys(Hmac<Sha256>);

impl SecretKeys {
    pub(super) fn new(secret: &SecretString) -> Result<Self, StartError> {
        let secret = secret.expose_secret().as_bytes();
        if secret.len() < SHORTEST {
            return Err(StartError::new(
                format!("the secret of the shared state is shorter than {SHORTEST} bytes"),
                "make one with `openssl rand -hex 32`, and give the same to all instances",
            ));
        }
        Ok(SecretKeys(Hmac::new_from_slice(secret).expect("HMAC takes keys of any length")))
    }

    pub(super) fn key(&self, purpose: &str, parts: &[&[u8]]) -> Key {
        let mut mac = self.0.clone();
        for part in std::iter::once(purpose.as_bytes()).chain(parts.iter().copied()) {
            // The length first: no two lists of parts make the same bytes.
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        let hash = mac.finalize().into_bytes();
        let mut key = [0; 16];
        key.copy_from_slice(&hash[..16]);
        Key(key)
    }
}

impl fmt::Debug for SecretKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKeys(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(secret: &str) -> SecretKeys {
        SecretKeys::new(&secret.into()).unwrap()
    }

    #[test]
    fn are_the_same_at_all_instances_and_tell_parts_apart() {
        let (one, other) = (keys(&"s".repeat(32)), keys(&"s".repeat(32)));
        assert_eq!(one.key("call", &[b"a", b"bc"]), other.key("call", &[b"a", b"bc"]));
        assert_ne!(one.key("call", &[b"a", b"bc"]), one.key("call", &[b"ab", b"c"]));
        assert_ne!(one.key("call", &[b"a"]), one.key("guess", &[b"a"]));
        assert_ne!(one.key("call", &[b"a"]), keys(&"t".repeat(32)).key("call", &[b"a"]));
    }

    #[test]
    fn need_a_secret_and_show_none() {
        let error = SecretKeys::new(&"hush".repeat(7).into()).unwrap_err().to_string();
        assert!(error.contains("shorter than 32 bytes") && !error.contains("hush"), "{error}");
        let keys = keys(&"hush".repeat(8));
        assert_eq!(format!("{keys:?} {:?}", keys.key("call", &[])), "SecretKeys(..) Key(..)");
    }

    #[test]
    fn are_read_as_they_are_written() {
        let key = keys(&"s".repeat(32)).key("call", &[]);
        assert_eq!(Key::from_hex(&key.hex()), Some(key));
        for bad in ["", "00", "+0000000000000000000000000000000", &"g".repeat(32), &"0".repeat(33)]
        {
            assert_eq!(Key::from_hex(bad), None, "{bad}");
        }
    }
}
