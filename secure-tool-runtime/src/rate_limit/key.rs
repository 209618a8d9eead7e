//! Keys of the store: a keyed hash of who calls, and which tool.

use std::fmt;
use std::hash::{BuildHasher, Hash, RandomState};
use std::sync::LazyLock;

/// Odd, so that no two tools are given the same distance; 2^64 divided by the golden ratio, so that the
/// keys of a caller at many tools lie far apart.
const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

/// Turns a tool and a caller into a key for [`Limiter::check`](super::Limiter::check).
///
/// The hash is SipHash under a key drawn at random when the process starts, so that nobody outside
/// can choose two callers that share a limit or fill one shard of the store. Two keys that are equal
/// by accident share a limit, which errs towards refusing; at a hundred thousand keys the odds are
/// below one in three thousand million.
#[derive(Clone)]
pub struct Keys {
    secret: u64,
}

impl Keys {
    /// Keys under a new random secret. One is enough for a process.
    #[must_use]
    pub fn new() -> Self {
        Self { secret: RandomState::new().hash_one(()) }
    }

    /// The key of `caller` at the tool with this index. The same caller has another key at another
    /// tool.
    #[must_use]
    pub fn key(&self, tool: u32, caller: &str) -> u64 {
        self.key_of(tool, Hashed::new(caller))
    }

    /// As [`Keys::key`], for a caller that was hashed when it became known.
    pub(crate) fn key_of(&self, tool: u32, caller: Hashed) -> u64 {
        (caller.0 ^ self.secret).wrapping_add(STEP.wrapping_mul(tool.into()))
    }
}

/// The hash of a caller, under the secret of this process.
#[derive(Clone, Copy)]
pub(crate) struct Hashed(u64);

impl Hashed {
    pub(crate) fn new(caller: impl Hash) -> Self {
        static SECRET: LazyLock<RandomState> = LazyLock::new(RandomState::new);
        Self(SECRET.hash_one(caller))
    }
}

/// Shows nothing: who knows the hashes of some callers could look for one that shares a limit.
impl fmt::Debug for Hashed {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Hashed(..)")
    }
}

impl Default for Keys {
    fn default() -> Self {
        Self::new()
    }
}

/// Shows nothing: the secret stays one.
impl fmt::Debug for Keys {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Keys(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tell_callers_and_tools_apart() {
        let keys = Keys::new();
        assert_eq!(keys.key(1, "ada"), keys.clone().key(1, "ada"));
        assert_ne!(keys.key(1, "ada"), keys.key(2, "ada"));
        assert_ne!(keys.key(1, "ada"), keys.key(1, "bob"));
    }

    #[test]
    fn cannot_be_computed_outside() {
        assert_ne!(Keys::new().key(1, "ada"), Keys::new().key(1, "ada"));
        assert_eq!(format!("{:?}", Keys::new()), "Keys(..)");
    }
}
