//! Keys of the store: a keyed hash of who calls what.

use std::fmt;
use std::hash::{BuildHasher, RandomState};

/// Turns a tool and a caller into a key for [`Limiter::check`](super::Limiter::check).
///
/// The hash is SipHash under a key drawn at random when the process starts, so that nobody outside
/// can choose two callers that share a limit or fill one shard of the store. Two keys that are equal
/// by accident share a limit, which errs towards refusing; at a hundred thousand keys the odds are
/// below one in three thousand million.
#[derive(Clone)]
pub struct Keys {
    state: RandomState,
}

impl Keys {
    /// Keys under a new random secret. One is enough for a process.
    #[must_use]
    pub fn new() -> Self {
        Self { state: RandomState::new() }
    }

    /// The key of `caller` at the tool with this index. The same caller has another key at another
    /// tool.
    #[must_use]
    pub fn key(&self, tool: u32, caller: &str) -> u64 {
        self.state.hash_one((tool, caller))
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
