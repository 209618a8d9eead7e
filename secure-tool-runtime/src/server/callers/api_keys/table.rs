//! Keys by their digests, and how entries are read.

use std::collections::HashMap;
use std::fmt;
use std::time::SystemTime;

use serde_json::error::Category;
use subtle::ConstantTimeEq;

use super::PREFIX;
use super::key::{Digest, Entry, digest};
use crate::caller::Caller;

/// The most entries that are read.
const ENTRIES: usize = 10_000;

/// The callers of keys.
pub(super) struct Table {
    /// By the first half of the digest, which nobody can choose without knowing a key.
    keys: HashMap<u128, Vec<Known>>,
    len: usize,
}

struct Known {
    digest: Digest,
    caller: Caller,
    end: Option<SystemTime>,
}

/// A key that is there.
#[derive(Debug)]
pub(super) enum Found<'a> {
    Valid(&'a Caller),
    /// It has ended.
    Expired,
}

/// What is wrong with entries: where and what, never what they hold.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NotEntries(pub(super) String);

impl Table {
    /// Reads one JSON object an entry, apart by white space; lines that begin with `#` are comments.
    pub(super) fn parse(text: &str) -> Result<Self, NotEntries> {
        let mut table = Table { keys: HashMap::new(), len: 0 };
        for (number, line) in (1..).zip(text.lines()) {
            let at = |what: String| NotEntries(format!("line {number}: {what}"));
            if line.trim_start().starts_with('#') {
                continue;
            }
            for entry in serde_json::Deserializer::from_str(line).into_iter::<Entry>() {
                table.add(&entry.map_err(|error| at(reason(&error)))?).map_err(at)?;
            }
        }
        // An empty file is one that somebody is writing, not one that revokes every key.
        if table.len == 0 { Err(NotEntries("there is no entry".into())) } else { Ok(table) }
    }

    fn add(&mut self, entry: &Entry) -> Result<(), String> {
        let digest =
            entry.digest().ok_or("`hash` is not one that `keys new` or `keys hash` printed")?;
        let caller =
            entry.caller().map_err(|error| format!("in `name`, `scopes` or `roles`: {error}"))?;
        let end =
            entry.end().ok_or("`expires` is not a date: 2027-01-31 or 2027-01-31T12:00:00Z")?;
        if self.len == ENTRIES {
            return Err(format!("there are more than {ENTRIES} entries"));
        }
        if self.known(&digest).is_some() {
            return Err("this key is there already".into());
        }
        self.keys.entry(half(&digest)).or_default().push(Known { digest, caller, end });
        self.len += 1;
        Ok(())
    }

    /// Who calls with this key, now.
    pub(super) fn find(&self, key: &str, now: SystemTime) -> Option<Found<'_>> {
        let Known { caller, end, .. } = self.known(&digest(key))?;
        // At its end it has ended.
        let valid = end.is_none_or(|end| now < end);
        Some(if valid { Found::Valid(caller) } else { Found::Expired })
    }

    /// Compares in constant time.
    fn known(&self, digest: &Digest) -> Option<&Known> {
        let candidates = self.keys.get(&half(digest))?;
        candidates.iter().find(|known| known.digest.ct_eq(digest).into())
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }
}

fn half(digest: &Digest) -> u128 {
    let (half, _) = digest.split_first_chunk().expect("a digest is longer than its half");
    u128::from_le_bytes(*half)
}

/// serde repeats values; names of fields it repeats too, and those help.
fn reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let of_a_field = ["unknown field", "missing field", "duplicate field"];
    // A key that was pasted in the wrong place must not be shown.
    let shows_a_field =
        of_a_field.iter().any(|start| text.starts_with(start)) && !text.contains(PREFIX);
    match error.classify() {
        Category::Data if shows_a_field => text,
        Category::Data => "a value has the wrong type: \
             {\"name\": \"…\", \"hash\": \"sha256:…\", \"scopes\": [\"…\"], \"roles\": [\"…\"]}"
            .into(),
        _ => "this is not JSON: write one object an entry, each on one line".into(),
    }
}

/// How many there are.
impl fmt::Debug for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} keys", self.len)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const KEY: &str = "stk_000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

    fn hash() -> String {
        format!("sha256:{}", crate::manifest::hex(&digest(KEY)))
    }

    fn refused(text: &str) -> String {
        Table::parse(text).unwrap_err().0
    }

    #[test]
    fn entries_name_callers() {
        let text = format!(
            "# the night job\n\n{{\"name\":\"ci\",\"hash\":\"{}\",\"scopes\":[\"notes:read\"],\"roles\":[\"bot\"]}}\n",
            hash()
        );
        let table = Table::parse(&text).unwrap();
        let find = |key: &str| match table.find(key, SystemTime::now()) {
            Some(Found::Valid(caller)) => Some(caller),
            _ => None,
        };
        let caller = find(KEY).unwrap();
        assert_eq!(caller.subject().as_str(), "key:ci");
        assert!(caller.has_scope("notes:read") && caller.has_role("bot"));
        assert!(find(&KEY.to_uppercase()).is_none());
        assert!(find("stk_").is_none() && find("").is_none());
        // In a variable there may be no lines.
        let two = format!("{text} {{\"name\":\"b\",\"hash\":\"sha256:{}\"}}", "0".repeat(64));
        assert_eq!(
            Table::parse(&two.replace('\n', " ").replace("# the night job", "")).unwrap().len(),
            2
        );
    }

    #[test]
    fn a_key_ends_when_its_entry_says_and_not_before() {
        let entry = |expires: &str| {
            format!("{{\"name\":\"ci\",\"hash\":\"{}\",\"expires\":\"{expires}\"}}", hash())
        };
        let table = Table::parse(&entry("2027-01-31T12:00:00Z")).unwrap();
        let end = SystemTime::UNIX_EPOCH + Duration::from_secs(1_801_396_800);
        let valid = |now| matches!(table.find(KEY, now), Some(Found::Valid(_)));
        let expired = |now| matches!(table.find(KEY, now), Some(Found::Expired));
        assert!(valid(end - Duration::from_nanos(1)) && valid(SystemTime::UNIX_EPOCH));
        assert!(expired(end) && expired(end + Duration::from_secs(1)));
        // The clock is set back: it is valid again, as it was then.
        assert!(valid(end - Duration::from_secs(3600)));
        for bad in ["", "soon", "2027-02-30", "1801396800"] {
            let text = refused(&entry(bad));
            assert!(text.contains("`expires` is not a date"), "{text}");
        }
        assert!(refused(&entry("CANARY")).find("CANARY").is_none());
        let number = refused(&entry("x").replace("\"x\"", "1801396800"));
        assert!(number.contains("wrong type"), "{number}");
    }

    #[test]
    fn what_is_wrong_is_told_without_values() {
        let entry = |rest: &str| format!("{{\"name\":\"ci\",\"hash\":\"{}\"{rest}}}", hash());
        assert!(refused("").contains("no entry"));
        assert!(refused("# nothing\n\n").contains("no entry"));
        assert!(refused(&entry(",\"scope\":\"x\"")).contains("unknown field `scope`"));
        assert!(refused(&entry(",\"name\":\"x\"")).contains("duplicate field `name`"));
        assert!(refused("{\"name\":\"ci\"}").contains("missing field `hash`"));
        assert!(refused(&entry("")[..30]).contains("not JSON"));
        assert!(
            refused(&format!("\n{}", entry(",\"scopes\":[\"a b\"]")))
                .starts_with("line 2: in `name`")
        );
        assert!(
            refused(&format!("{}\n{}", entry(""), entry("")))
                .contains("line 2: this key is there already")
        );
        for bad in [KEY, "sha256:", "sha256:00", &hash()[7..], &hash().replace("sha256:", "md5:")] {
            let text = refused(&format!("{{\"name\":\"ci\",\"hash\":\"{bad}\"}}"));
            assert!(text.contains("`hash`") && !text.contains("000102"), "{text}");
        }
        let misplaced = refused(&format!("{{\"name\":\"ci\",\"{KEY}\":\"{KEY}\"}}"));
        assert!(!misplaced.contains("000102"), "{misplaced}");
        let typed = refused("{\"name\":\"ci\",\"hash\":\"h\",\"scopes\":\"CANARY\"}");
        assert!(typed.contains("wrong type") && !typed.contains("CANARY"), "{typed}");
    }
}
