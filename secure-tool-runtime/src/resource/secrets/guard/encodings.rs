//! The texts that tell a secret.

use std::collections::BTreeSet;
use std::fmt::Write;

use base64::Engine;
use base64::prelude::{BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD};

use crate::output::cleaned;
use crate::resource::secrets::judge::SHORTEST;

/// The shortest line of a secret of several that tells enough of it, in bytes.
const SHORTEST_LINE: usize = 16;

/// What to search for, for one secret. Nothing in here is shorter than [`SHORTEST`].
pub(super) fn patterns(secret: &str) -> BTreeSet<String> {
    let mut patterns = BTreeSet::new();
    every_encoding(secret, &mut patterns);
    // As it is when it was cleaned as output.
    every_encoding(&cleaned(secret), &mut patterns);
    if let Some(password) = password(secret) {
        every_encoding(&password, &mut patterns);
    }
    if secret.contains('\n') {
        let lines = secret.lines().map(str::trim);
        let telling =
            lines.filter(|line| line.len() >= SHORTEST_LINE && !line.starts_with("-----"));
        patterns.extend(telling.map(str::to_owned));
    }
    patterns.retain(|pattern| pattern.len() >= SHORTEST);
    patterns
}

fn every_encoding(secret: &str, patterns: &mut BTreeSet<String>) {
    if secret.len() < SHORTEST {
        return;
    }
    patterns.insert(secret.to_owned());
    patterns.insert(unquoted(serde_json::Value::from(secret).to_string()));
    patterns.insert(unquoted(format!("{secret:?}")));
    patterns.insert(secret.bytes().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").expect("memory takes everything");
        hex
    }));
    patterns.insert(percent_encoded(secret, b"-._~"));
    patterns.insert(percent_encoded(secret, b"-._~!*'()"));
    for lead in 0..3 {
        patterns.insert(base64(&BASE64_STANDARD_NO_PAD, secret, lead));
        patterns.insert(base64(&BASE64_URL_SAFE_NO_PAD, secret, lead));
    }
}

fn unquoted(text: String) -> String {
    text.strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'))
        .map(str::to_owned)
        .unwrap_or(text)
}

/// RFC 3986 §2.1: letters, digits and these are left as they are. Digits are found in either case.
fn percent_encoded(secret: &str, kept: &[u8]) -> String {
    secret.bytes().fold(String::new(), |mut text, byte| {
        match byte.is_ascii_alphanumeric() || kept.contains(&byte) {
            true => text.push(char::from(byte)),
            false => write!(text, "%{byte:02X}").expect("memory takes everything"),
        }
        text
    })
}

/// The characters that only the secret decides, where so many bytes stand before it in a group of three.
fn base64(engine: &impl Engine, secret: &str, lead: usize) -> String {
    let bytes: Vec<u8> = [0; 3].into_iter().take(lead).chain(secret.bytes()).collect();
    let text = engine.encode(&bytes);
    // Six bits a character: the first and the last may hold bits of something else.
    let (first, end) = ((lead * 8).div_ceil(6), bytes.len() * 8 / 6);
    text.get(first..end).unwrap_or_default().to_owned()
}

/// The password in a URL such as `postgres://user:password@host/database`, as it means and as it is written.
fn password(secret: &str) -> Option<String> {
    let url = url::Url::parse(secret).ok()?;
    let written = url.password()?;
    let bytes = written.bytes().collect::<Vec<u8>>();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut rest = bytes.as_slice();
    while let [first, after @ ..] = rest {
        let code = |digits: &[u8]| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok();
        match (first, after.get(..2).and_then(code)) {
            (b'%', Some(byte)) => {
                decoded.push(byte);
                rest = after.get(2..).unwrap_or_default();
            }
            _ => {
                decoded.push(*first);
                rest = after;
            }
        }
    }
    // As it is written it is one of its encodings.
    String::from_utf8(decoded).ok()
}
