//! Passages of a text that read like orders to a model.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::phrases::{MARKS, PHRASES, SETS};

/// Where a passage begins and ends, in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Passage {
    /// Its first character, counted from zero.
    pub start: usize,
    /// The character behind its last one.
    pub end: usize,
}

impl Passage {
    /// The most that are told of one text.
    pub const MOST: usize = 32;
}

/// A part of a phrase.
enum Step {
    /// One of these words.
    One(Vec<&'static str>),
    /// One of them, or none.
    Maybe(Vec<&'static str>),
    /// Any number of them.
    Many(Vec<&'static str>),
    /// Up to so many words, whatever they are.
    Gap(usize),
}

/// The phrases under each word that they may begin with.
static STEPS: LazyLock<HashMap<&str, Vec<Vec<Step>>>> = LazyLock::new(|| {
    let mut steps: HashMap<&str, Vec<Vec<Step>>> = HashMap::new();
    for phrase in PHRASES {
        let (first, rest) = phrase.split_once(' ').unwrap_or((phrase, ""));
        for word in words_of(first) {
            steps.entry(word).or_default().push(rest.split_whitespace().map(step).collect());
        }
    }
    steps
});

fn step(written: &'static str) -> Step {
    if let Some(most) = written.strip_prefix("..") {
        return Step::Gap(most.parse().expect("a number in our own table"));
    }
    match (written.strip_suffix('?'), written.strip_suffix('*')) {
        (Some(words), _) => Step::Maybe(words_of(words)),
        (_, Some(words)) => Step::Many(words_of(words)),
        _ => Step::One(words_of(written)),
    }
}

/// `a|b`, each of which may be a set: `@name`.
fn words_of(written: &'static str) -> Vec<&'static str> {
    let set = |name: &str| SETS.iter().find(|(known, _)| *known == name).map(|(_, words)| *words);
    let words = written.split('|').flat_map(|word| {
        let words =
            word.strip_prefix('@').map_or(word, |name| set(name).expect("a set of our own"));
        words.split('|')
    });
    words.collect()
}

/// A word, in lower case, and where it stands.
struct Word {
    text: String,
    start: usize,
    end: usize,
}

/// The passages in their order; none begins within another one.
pub(super) fn passages(text: &str) -> Vec<Passage> {
    let (words, mut found) = taken_apart(text);
    let mut at = 0;
    while let Some(rest) = words.get(at..).filter(|rest| !rest.is_empty()) {
        if found.len() >= 2 * Passage::MOST {
            break;
        }
        let length = longest(rest);
        if let (Some(first), Some(last)) = (rest.first(), length.and_then(|n| rest.get(n))) {
            found.push(Passage { start: first.start, end: last.end });
        }
        at += 1 + length.unwrap_or(0);
    }
    found.sort_by_key(|passage| (passage.start, passage.end));
    let mut apart: Vec<Passage> = Vec::new();
    for passage in found {
        match apart.last_mut() {
            Some(last) if passage.start < last.end => last.end = last.end.max(passage.end),
            _ => apart.push(passage),
        }
    }
    apart.truncate(Passage::MOST);
    apart
}

/// How many words more the longest phrase takes that begins here.
fn longest(words: &[Word]) -> Option<usize> {
    let (first, rest) = words.split_first()?;
    let phrases = STEPS.get(first.text.as_str())?;
    phrases.iter().filter_map(|steps| taken(steps, rest)).max()
}

/// How many words the steps take.
fn taken(steps: &[Step], words: &[Word]) -> Option<usize> {
    let Some((step, more)) = steps.split_first() else { return Some(0) };
    let is_next =
        |known: &[&str]| words.first().is_some_and(|word| known.contains(&word.text.as_str()));
    let behind = |steps: &[Step]| Some(1 + taken(steps, words.get(1..)?)?);
    match step {
        Step::One(known) => is_next(known).then(|| behind(more))?,
        Step::Maybe(known) if is_next(known) => behind(more).or_else(|| taken(more, words)),
        Step::Maybe(_) => taken(more, words),
        Step::Many(known) => {
            let row = words.iter().take_while(|word| known.contains(&word.text.as_str())).count();
            (0..=row).rev().find_map(|row| Some(row + taken(more, words.get(row..)?)?))
        }
        Step::Gap(most) => (0..=*most).find_map(|gap| Some(gap + taken(more, words.get(gap..)?)?)),
    }
}

/// The longest word that is kept: longer ones are in no phrase, and count as a word all the same.
const LONGEST_WORD: usize = 24;

/// Its words, and the marks in it.
fn taken_apart(text: &str) -> (Vec<Word>, Vec<Passage>) {
    let (mut words, mut marks) = (Vec::new(), Vec::new());
    let mut word: Option<Word> = None;
    for (at, (byte, letter)) in text.char_indices().enumerate() {
        if letter.is_alphanumeric() {
            let word = word.get_or_insert_with(|| Word { text: String::new(), start: at, end: at });
            word.end = at + 1;
            if word.text.len() < LONGEST_WORD {
                word.text.extend(letter.to_lowercase());
            }
        // `don't` is one word.
        } else if !matches!(letter, '\'' | '’') {
            words.extend(word.take());
        }
        if matches!(letter, '<' | '[' | '#') && marks.len() < Passage::MOST {
            let rest = text.get(byte..).unwrap_or_default();
            let length =
                MARKS.iter().filter(|mark| begins(rest, mark)).map(|mark| mark.len()).max();
            marks.extend(length.map(|length| Passage { start: at, end: at + length }));
        }
    }
    words.extend(word);
    (words, marks)
}

/// True if the text begins with these ASCII letters, in either case.
fn begins(text: &str, mark: &str) -> bool {
    let start = text.as_bytes().get(..mark.len());
    start.is_some_and(|start| start.eq_ignore_ascii_case(mark.as_bytes()))
}
