//! Listing: sorted, a page at a time.

use std::collections::BTreeMap;
use std::path::Path;

use cap_std::fs::{Dir, MetadataExt};
use schemars::{Schema, SchemaGenerator, json_schema};
use serde_json::{Value, json};

use super::path::name_fault;
use super::root::{Limits, Readable, Shared};
use super::{FileError, Root, SafePath, open};
use crate::output::{Output, clean};

/// The most names that are looked through for one page.
const LOOKED_AT: usize = 100_000;

/// A page of a directory's entries, sorted by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// Files and directories that may be used.
    pub entries: Vec<Entry>,
    /// The name to continue after, if there may be more.
    pub next: Option<String>,
}

/// A file or directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its name in the directory.
    pub name: String,
    /// What it is.
    pub kind: Kind,
}

/// What an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// A file, of so many bytes.
    File {
        /// Its size.
        bytes: u64,
    },
    /// A directory.
    Directory,
}

impl<A: Readable> Root<A> {
    /// The files and directories in a directory, or in the root itself, whose names come after the
    /// given one in order of bytes. What could not be opened whatever its permissions are is not listed:
    /// links that lead out, devices, hidden names. What this user may not read is.
    ///
    /// # Errors
    /// [`FileError::Unavailable`] if there is no such directory, or it may not be used;
    /// [`FileError::TooMuch`] if it has more than 100 000 entries.
    pub async fn list(
        &self,
        directory: Option<&SafePath>,
        after: Option<&str>,
    ) -> Result<Listing, FileError> {
        if let Some(path) = directory {
            self.admit(path).map_err(FileError::logged)?;
        }
        let (limits, directory) = (self.limits, directory.cloned());
        let after = after.unwrap_or_default().to_owned();
        self.shared
            .run(move |shared, _| {
                page(shared, &limits, directory.as_ref().map(SafePath::as_path), &after)
            })
            .await
    }
}

fn page(
    shared: &Shared,
    limits: &Limits,
    directory: Option<&Path>,
    after: &str,
) -> Result<Listing, FileError> {
    let opened = Dir::from_std_file(open::directory(&shared.directory, directory)?);
    let base = directory.unwrap_or(Path::new(""));
    let describe = |name: &str| describe(&shared.directory, &base.join(name));
    let mut first = first(&opened, limits, after, describe)?;
    let more = first.len() > limits.page;
    if more {
        first.pop_last();
    }
    let next = first.last_key_value().filter(|_| more).map(|(name, _)| name.clone());
    let entries = first.into_iter().map(|(name, kind)| Entry { name, kind }).collect();
    Ok(Listing { entries, next })
}

/// The first entries after a name, one more than a page has.
fn first(
    directory: &Dir,
    limits: &Limits,
    after: &str,
    describe: impl Fn(&str) -> Result<Option<Kind>, FileError>,
) -> Result<BTreeMap<String, Kind>, FileError> {
    let mut first = BTreeMap::new();
    for (count, entry) in directory.entries()?.enumerate() {
        if count == LOOKED_AT {
            return Err(FileError::TooMuch);
        }
        let Ok(name) = entry?.file_name().into_string() else { continue };
        let full = first.len() > limits.page;
        let late = full && first.last_key_value().is_some_and(|(last, _)| name > *last);
        if late || name.as_str() <= after || !is_shown(&name, limits) {
            continue;
        }
        // Before it counts: a page must not end with a name that may not be told.
        let Some(kind) = describe(&name)? else { continue };
        first.insert(name, kind);
        if full {
            first.pop_last();
        }
    }
    Ok(first)
}

fn is_shown(name: &str, limits: &Limits) -> bool {
    name_fault(name).is_none() && (limits.hidden || !name.starts_with('.'))
}

/// What a path stands for, resolved as opening it would; nothing if that would be refused.
fn describe(root: &Dir, path: &Path) -> Result<Option<Kind>, FileError> {
    let metadata = match root.metadata(path).map_err(FileError::resolving) {
        Ok(metadata) => metadata,
        Err(FileError::Unavailable(_)) => return Ok(None),
        Err(error) => return Err(error),
    };
    Ok(match (metadata.is_dir(), metadata.is_file()) {
        (true, _) => Some(Kind::Directory),
        (_, true) if metadata.nlink() == 1 => Some(Kind::File { bytes: metadata.size() }),
        _ => None,
    })
}

impl Output for Listing {
    const KIND: crate::kind::Kind = crate::kind::Kind::Other;
    const IS_OBJECT: bool = true;

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "object",
            "properties": {
                "entries": {
                    "type": "array",
                    "description": "Files and directories, sorted by name.",
                    "items": {
                        "type": "object",
                        "properties": {
                            "name": { "type": "string" },
                            "kind": { "enum": ["file", "directory"] },
                            "bytes": { "type": "integer", "description": "The size of a file." },
                        },
                        "required": ["name", "kind"],
                    },
                },
                "next": { "type": "string", "description": "The name to continue after." },
            },
            "required": ["entries"],
        })
    }

    fn disclose(self) -> Value {
        let entries = self.entries.into_iter().map(Entry::disclose).collect();
        let mut listing = json!({ "entries": Value::Array(entries) });
        if let Some(next) = self.next {
            listing["next"] = clean(next).into();
        }
        listing
    }
}

impl Entry {
    fn disclose(self) -> Value {
        let name = clean(self.name);
        match self.kind {
            Kind::File { bytes } => json!({ "name": name, "kind": "file", "bytes": bytes }),
            Kind::Directory => json!({ "name": name, "kind": "directory" }),
        }
    }
}
