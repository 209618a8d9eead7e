//! Finding many texts at once, fast where there are none.
//!
//! Every pattern has eight bytes at least. So each occurrence has, in its first eight bytes, a piece of
//! four whose distance from where the search began is a multiple of five: only these are looked at, and a
//! table of bits says whether any pattern has such a piece. Where it does, patterns are compared. (An
//! automaton for the encodings of twenty secrets looks at each byte.)

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use serde_json::Number;

use super::REPLACEMENT;
use super::encodings::patterns;

/// Bytes of a pattern by which it is recognised.
const HEAD: usize = 8;

/// Bytes that are looked at together, and how far apart.
const PIECE: usize = 4;
const STEP: usize = HEAD - PIECE + 1;

/// The table has two to the power of this many bits, which are 16 KiB.
const BITS: u32 = 17;

/// Searches for all patterns of all secrets.
pub(super) struct Scanner {
    secrets: BTreeSet<Box<str>>,
    /// One bit for each piece of a head, by its hash.
    pieces: Box<[u64]>,
    /// By their heads; the longest first.
    patterns: BTreeMap<u64, Vec<Box<str>>>,
    longest: usize,
    /// Whether a number could be one of them.
    numbers: bool,
}

impl Scanner {
    /// One that searches for more than another one.
    pub(super) fn with(old: Option<&Scanner>, new: &[&str]) -> Self {
        let known = old.into_iter().flat_map(|old| &old.secrets).map(|secret| &**secret);
        let secrets: BTreeSet<Box<str>> = known.chain(new.iter().copied()).map(Box::from).collect();
        let mut scanner = Scanner {
            pieces: vec![0; 1 << (BITS - 6)].into(),
            patterns: BTreeMap::new(),
            longest: 0,
            numbers: false,
            secrets: BTreeSet::new(),
        };
        for pattern in secrets.iter().flat_map(|secret| patterns(secret)) {
            scanner.add(pattern);
        }
        for alike in scanner.patterns.values_mut() {
            alike.sort_by_key(|pattern| std::cmp::Reverse(pattern.len()));
            alike.dedup();
        }
        scanner.secrets = secrets;
        scanner
    }

    fn add(&mut self, pattern: String) {
        let Some(head) = pattern.as_bytes().first_chunk::<HEAD>() else { return };
        for piece in head.windows(PIECE) {
            let bit = piece.first_chunk().map(|piece| place(*piece)).unwrap_or_default();
            if let Some(word) = self.pieces.get_mut(bit >> 6) {
                *word |= 1 << (bit & 63);
            }
        }
        self.longest = self.longest.max(pattern.len());
        self.numbers |=
            pattern.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'-' | b'+' | b'e'));
        self.patterns.entry(folded(*head)).or_default().push(pattern.into());
    }

    /// How many secrets it searches for.
    pub(super) fn secrets(&self) -> usize {
        self.secrets.len()
    }

    /// True if it searches for this one.
    pub(super) fn knows(&self, secret: &str) -> bool {
        self.secrets.contains(secret)
    }

    /// The longest pattern, in bytes.
    pub(super) fn longest(&self) -> usize {
        self.longest
    }

    /// True if there is one in the number, as it is written in JSON.
    pub(super) fn finds_in(&self, number: &Number) -> bool {
        self.numbers && self.finds(&number.to_string())
    }

    /// True if there is one in the text.
    pub(super) fn finds(&self, text: &str) -> bool {
        self.find(text, 0).is_some()
    }

    /// Replaces all. How many there were.
    pub(super) fn replace(&self, text: &mut String) -> u32 {
        let Some(mut found) = self.find(text, 0) else { return 0 };
        let (mut clean, mut from, mut count) = (String::with_capacity(text.len()), 0, 0);
        loop {
            clean.push_str(&text[from..found.start]);
            clean.push_str(REPLACEMENT);
            (from, count) = (found.end, count + 1);
            match self.find(text, from) {
                Some(next) => found = next,
                None => break,
            }
        }
        clean.push_str(&text[from..]);
        *text = clean;
        count
    }

    /// The first one from there on, and the longest that begins there.
    fn find(&self, text: &str, from: usize) -> Option<Range<usize>> {
        let bytes = text.as_bytes();
        // Where the occurrences begin that this piece may be of.
        let mut first = from;
        let mut at = from;
        while let Some(piece) = bytes.get(at..).and_then(<[u8]>::first_chunk) {
            if self.has(*piece) {
                let found = (first..=at).find_map(|start| self.at(text, start));
                if found.is_some() {
                    return found;
                }
            }
            first = at + 1;
            at += STEP;
        }
        None
    }

    /// True if a pattern may have this piece in its head.
    fn has(&self, piece: [u8; PIECE]) -> bool {
        let bit = place(piece);
        self.pieces.get(bit >> 6).is_some_and(|word| word >> (bit & 63) & 1 == 1)
    }

    /// The occurrence that begins there.
    fn at(&self, text: &str, start: usize) -> Option<Range<usize>> {
        let rest = text.as_bytes().get(start..)?;
        let head = rest.first_chunk::<HEAD>()?;
        let [a, b, c, d, e, f, g, h] = *head;
        if !(self.has([a, b, c, d]) && self.has([e, f, g, h])) {
            return None;
        }
        let alike = self.patterns.get(&folded(*head))?;
        let mut alike = alike.iter().map(|pattern| &**pattern);
        let found = alike.find(|pattern| {
            let here = rest.get(..pattern.len());
            here.is_some_and(|here| here.eq_ignore_ascii_case(pattern.as_bytes()))
        });
        // Patterns are whole characters, so both ends are between two.
        found.map(|pattern| start..start + pattern.len())
    }
}

/// Upper and lower case look alike, and so do a few others: a comparison decides.
const CASE: u8 = 0x20;

/// Where the table has the bit of a piece.
fn place(piece: [u8; PIECE]) -> usize {
    let folded = u32::from_le_bytes(piece.map(|byte| byte | CASE));
    (folded.wrapping_mul(0x9e37_79b1) >> (u32::BITS - BITS)) as usize
}

fn folded(head: [u8; HEAD]) -> u64 {
    u64::from_le_bytes(head.map(|byte| byte | CASE))
}
