//! What looking for secrets costs in a text that has none, by the KiB: with nothing under guard, with twenty
//! secrets, and beside an automaton for as many patterns.
//!
//! ```text
//! cargo bench --bench secrets
//! ```
//!
//! The automaton is `aho-corasick`, with the usual encodings of the same secrets and as blind to case.
//! “Hidden” has one secret in each KiB, and copies the text. Compare within one run.

use std::fmt::Write;

use aho_corasick::{AhoCorasick, MatchKind};
use base64::Engine;
use base64::prelude::BASE64_STANDARD_NO_PAD;
use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main};
use secure_tool_runtime::secrets::{SecretString, guard, replace};

const SIZE: usize = 64 << 10;

/// Numbers that look like chance and are the same each time (xorshift).
fn letters(mut seed: u64) -> impl Iterator<Item = char> {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::iter::from_fn(move || {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        Some(char::from(ALPHABET[(seed >> 32) as usize % ALPHABET.len()]))
    })
}

fn secrets() -> Vec<String> {
    (1..=20).map(|number| letters(number * 7919).take(32).collect()).collect()
}

/// Texts as tools return them.
fn texts() -> [(&'static str, String); 3] {
    let prose = "The guard looks at one piece in five, and compares only where a table of bits says that \
                 there may be something. Most of what tools return is text like this, or a list of records. ";
    let record = "{\"id\":\"note-1043\",\"title\":\"Shopping list\",\"labels\":[\"home\",\"weekly\"],\
                  \"updated\":\"2026-11-05T09:30:00Z\",\"size\":1834},";
    [
        ("prose", prose.repeat(SIZE / prose.len() + 1)[..SIZE].to_owned()),
        ("json", record.repeat(SIZE / record.len() + 1)[..SIZE].to_owned()),
        ("base64", letters(42).take(SIZE).collect()),
    ]
}

/// The value, its hex and its base64 at each alignment: what an expert would search for.
fn automaton(secrets: &[String]) -> AhoCorasick {
    let patterns = secrets.iter().flat_map(|secret: &String| {
        let hex = secret.bytes().fold(String::new(), |mut hex, byte| {
            write!(hex, "{byte:02x}").expect("memory takes everything");
            hex
        });
        let encoded = (0..3).map(move |lead| {
            let text = BASE64_STANDARD_NO_PAD.encode(format!("{}{secret}", "?".repeat(lead)));
            text[4..40].to_owned()
        });
        [secret.clone(), secret.replace('+', "%2B").replace('/', "%2F"), hex]
            .into_iter()
            .chain(encoded)
    });
    AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .match_kind(MatchKind::LeftmostLongest)
        .build(patterns)
        .expect("few patterns")
}

fn clean(group: &mut BenchmarkGroup<'_, WallTime>, how: &str) {
    for (name, mut text) in texts() {
        group.bench_function(format!("{how}, {name}"), |b| {
            b.iter(|| assert_eq!(replace(std::hint::black_box(&mut text)), 0));
        });
    }
}

fn search(c: &mut Criterion) {
    let mut group = c.benchmark_group("secrets");
    group.throughput(Throughput::Bytes(SIZE as u64));
    clean(&mut group, "nothing under guard");
    let secrets = secrets();
    for secret in &secrets {
        assert_eq!(guard(&SecretString::from(secret.as_str())), Ok(true));
    }
    clean(&mut group, "twenty under guard");
    let automaton = automaton(&secrets);
    for (name, text) in texts() {
        group.bench_function(format!("automaton, {name}"), |b| {
            b.iter(|| assert!(!automaton.is_match(std::hint::black_box(&text))));
        });
    }
    let hidden = {
        let [(_, prose), ..] = texts();
        let pieces = prose.as_bytes().chunks(1024).zip(secrets.iter().cycle());
        pieces.fold(String::new(), |mut text, (piece, secret)| {
            text.push_str(std::str::from_utf8(piece).expect("it is ASCII"));
            text.push_str(secret);
            text
        })
    };
    group.bench_function("hidden", |b| {
        b.iter_batched_ref(
            || hidden.clone(),
            |text| assert_eq!(replace(text), 64),
            criterion::BatchSize::LargeInput,
        );
    });
}

criterion_group!(benches, search);
criterion_main!(benches);
