//! The id that ties what a client was told to what the log knows.

use std::fmt;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::{Serialize, Serializer};

/// The id of a call, shown to the client in place of an error's cause and found in the log next to
/// it (checklist: Errors don't expose internal state).
///
/// Displays as 16 lower-case hexadecimal digits, which can be read out and searched for. It is a
/// name, not a secret: knowing one gives access to nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Reference(pub u64);

impl Reference {
    /// Each record has one, and each refusal; the format machinery takes four times as long.
    pub(crate) fn digits(self) -> Digits {
        let mut digits = [0; 16];
        for (place, digit) in digits.iter_mut().enumerate() {
            *digit = b"0123456789abcdef"[(self.0 >> (60 - 4 * place)) as usize & 0xf];
        }
        Digits(digits)
    }
}

/// A reference as text.
pub(crate) struct Digits([u8; 16]);

impl Digits {
    pub(crate) fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("digits are ASCII")
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.digits().as_str())
    }
}

impl Serialize for Reference {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.digits().as_str())
    }
}

/// Makes [`Reference`]s: unique within the process, and in no order that a client could count calls
/// by.
///
/// It counts from a random start, scrambles the count with a bijection (two counts never give the
/// same id), and masks the result with a random number.
#[derive(Debug)]
pub struct ReferenceSource {
    next: AtomicU64,
    mask: u64,
}

impl ReferenceSource {
    /// A source with a random start.
    ///
    /// # Errors
    ///
    /// If the operating system has no randomness to give.
    pub fn new() -> io::Result<Self> {
        let random = || getrandom::u64().map_err(|error| io::Error::other(error.to_string()));
        Ok(Self { next: AtomicU64::new(random()?), mask: random()? })
    }

    /// The next id.
    #[must_use]
    pub fn next(&self) -> Reference {
        // Relaxed: only uniqueness matters, and the addition alone gives that.
        Reference(scramble(self.next.fetch_add(1, Ordering::Relaxed)) ^ self.mask)
    }
}

/// The finaliser of SplitMix64 (Steele, Lea, Flood 2014): a bijection on 64 bits.
fn scramble(count: u64) -> u64 {
    let mixed = (count ^ (count >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::thread;

    use super::*;

    #[test]
    fn never_repeats_among_threads() {
        let source = ReferenceSource::new().unwrap();
        let all: Vec<u64> = thread::scope(|scope| {
            let make = || (0..20_000).map(|_| source.next().0).collect::<Vec<_>>();
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(make)).collect();
            threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
        });
        assert_eq!(all.iter().collect::<HashSet<_>>().len(), 80_000);
    }

    #[test]
    fn does_not_count() {
        let source = ReferenceSource::new().unwrap();
        let ids: Vec<u64> = (0..100).map(|_| source.next().0).collect();
        assert!(ids.windows(2).all(|pair| pair[0].abs_diff(pair[1]) > 1000));
    }

    #[test]
    fn reads_as_sixteen_digits() {
        assert_eq!(Reference(0xbeef).to_string(), "000000000000beef");
        assert_eq!(serde_json::to_string(&Reference(1)).unwrap(), r#""0000000000000001""#);
    }
}
