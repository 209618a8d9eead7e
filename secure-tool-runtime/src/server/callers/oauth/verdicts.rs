//! Verdicts, kept by the SHA-256 of the token: a busy client pays for one signature, and so does
//! whoever sends the same bad token again and again.

use std::time::{Duration, Instant};

use quick_cache::sync::Cache;
use sha2::{Digest, Sha256};

use super::refusal::Invalid;
use crate::caller::Caller;
use crate::server::callers::{Refused, Verdict};

/// How long a token that is not valid is remembered.
const REFUSED_FOR: Duration = Duration::from_secs(30);

/// The name of a token. It is kept instead of the token.
pub(super) type Name = [u8; 32];

/// As many verdicts as it was made for, of each kind. What strangers send takes no room of what is valid.
pub(super) struct Verdicts {
    known: Cache<Name, Known>,
    refused: Cache<Name, NotValid>,
    ttl: Duration,
}

/// A token that was valid.
#[derive(Clone)]
struct Known {
    caller: Caller,
    until: Instant,
    /// The digest of the keys that it was checked with: none if it was introspected.
    keys: Option<[u8; 32]>,
}

/// A token that was not, by the keys of this digest.
#[derive(Clone, Copy)]
struct NotValid {
    invalid: Invalid,
    until: Instant,
    keys: Option<[u8; 32]>,
}

impl Verdicts {
    pub(super) fn new(capacity: usize, ttl: Duration) -> Self {
        let capacity = capacity.max(1);
        Verdicts { known: Cache::new(capacity), refused: Cache::new(capacity), ttl }
    }

    pub(super) fn name(token: &str) -> Name {
        Sha256::digest(token).into()
    }

    /// What is known of a token, while the issuer has the keys that it was known by.
    pub(super) fn recall(&self, name: &Name, keys: Option<[u8; 32]>) -> Option<Verdict> {
        let now = Instant::now();
        if let Some(known) = self.known.get(name) {
            if known.until > now && (known.keys.is_none() || known.keys == keys) {
                return Some(Verdict::Known(known.caller));
            }
            self.known.remove(name);
        }
        let NotValid { invalid: Invalid(reason), until, keys: by } = self.refused.get(name)?;
        (until > now && by == keys).then_some(Verdict::Refused(Refused::Because(reason)))
    }

    /// Keeps a valid token until one of its ends.
    pub(super) fn keep(
        &self,
        name: Name,
        caller: &Caller,
        ends: [Instant; 2],
        keys: Option<[u8; 32]>,
    ) {
        let ends = ends.into_iter().fold(Instant::now() + self.ttl, Instant::min);
        self.known.insert(name, Known { caller: caller.clone(), until: ends, keys });
    }

    /// Keeps a token that is not valid and will not be, unless the keys change.
    pub(super) fn refuse(&self, name: Name, invalid: Invalid, keys: Option<[u8; 32]>) {
        let until = Instant::now() + REFUSED_FOR;
        self.refused.insert(name, NotValid { invalid, until, keys });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    fn ends(after: Duration) -> [Instant; 2] {
        [Instant::now() + after, Instant::now() + HOUR]
    }

    fn subject(verdict: Option<Verdict>) -> Option<String> {
        match verdict? {
            Verdict::Known(caller) => Some(caller.subject().to_string()),
            other => Some(format!("{other:?}")),
        }
    }

    #[test]
    fn a_flood_takes_no_more_room_and_none_of_what_is_valid() {
        let verdicts = Verdicts::new(64, HOUR);
        let ada = Caller::new("ada").unwrap();
        verdicts.keep(Verdicts::name("good"), &ada, ends(HOUR), None);
        for number in 0..10_000 {
            verdicts.refuse(Verdicts::name(&number.to_string()), Invalid("signature"), None);
        }
        assert!(verdicts.refused.len() <= 64, "{}", verdicts.refused.len());
        assert_eq!(subject(verdicts.recall(&Verdicts::name("good"), None)).unwrap(), "ada");
        for number in 0..10_000 {
            verdicts.keep(Verdicts::name(&number.to_string()), &ada, ends(HOUR), None);
        }
        assert!(verdicts.known.len() <= 64, "{}", verdicts.known.len());
    }

    #[test]
    fn a_verdict_lasts_no_longer_than_the_token_the_keys_and_the_time_for_verdicts() {
        let ada = Caller::new("ada").unwrap();
        let name = Verdicts::name("token");
        let verdicts = Verdicts::new(8, HOUR);
        verdicts.keep(name, &ada, ends(Duration::ZERO), None);
        assert!(verdicts.recall(&name, None).is_none(), "the token has ended");
        verdicts.keep(name, &ada, ends(HOUR), Some([1; 32]));
        assert!(verdicts.recall(&name, Some([1; 32])).is_some());
        assert!(verdicts.recall(&name, Some([2; 32])).is_none(), "the keys have changed");
        let brief = Verdicts::new(8, Duration::ZERO);
        brief.keep(name, &ada, ends(HOUR), None);
        assert!(brief.recall(&name, None).is_none(), "the time for verdicts is over");
    }

    #[test]
    fn what_was_refused_is_refused_again_and_may_become_valid() {
        let verdicts = Verdicts::new(8, HOUR);
        let name = Verdicts::name("token");
        verdicts.refuse(name, Invalid("exp"), None);
        assert!(matches!(verdicts.recall(&name, None), Some(Verdict::Refused(_))));
        assert!(verdicts.recall(&name, Some([1; 32])).is_none(), "other keys may have signed it");
        verdicts.keep(name, &Caller::new("ada").unwrap(), ends(HOUR), None);
        assert_eq!(subject(verdicts.recall(&name, None)).unwrap(), "ada");
    }
}
