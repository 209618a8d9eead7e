//! Layers of settings, read key by key: what nobody has asked for is not a setting.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use config::{Config, Environment, File, FileFormat, Source, Value, ValueKind};
use secrecy::SecretString;

use super::values;
use crate::policy::Rate;
use crate::private_file::{PrivateFile, Readers};
use crate::server::StartError;

/// What the variables begin with.
const PREFIX: &str = "SECURE_TOOL";

/// Between the parts of their names.
const SEPARATOR: &str = "__";

/// The largest file of settings, in bytes.
const SIZE: u64 = 1 << 20;

/// The largest file of one secret, in bytes.
const SECRET_SIZE: u64 = 16 << 10;

/// The keys of secrets. They never get among other values.
const SECRETS: [&str; 3] = ["oauth.client_secret", "redis.secret", "redis.url"];

/// Settings that are being read. What is wrong is collected, and told by [`Reader::finish`].
pub(super) struct Reader {
    file: Option<PathBuf>,
    /// By their keys, such as `limits.drain_time`.
    values: BTreeMap<String, Value>,
    secrets: HashMap<&'static str, SecretString>,
    /// All keys there are.
    asked: BTreeSet<&'static str>,
    /// Those that were there, valid or not, as whoever wrote them knows them.
    given: BTreeMap<&'static str, String>,
    wrong: Vec<(String, String)>,
}

impl Reader {
    pub(super) fn open(
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<Self, StartError> {
        let mut reader = Reader {
            file: file.map(Path::to_owned),
            values: BTreeMap::new(),
            secrets: HashMap::new(),
            asked: BTreeSet::new(),
            given: BTreeMap::new(),
            wrong: Vec::new(),
        };
        let variables = reader.take_secrets(environment);
        let environment = Environment::with_prefix(PREFIX)
            .prefix_separator(SEPARATOR)
            .separator(SEPARATOR)
            .source(Some(variables));
        let mut layers = Config::builder();
        if let Some(file) = file {
            let text = PrivateFile::open(file, "file of settings", Readers::Everybody)?;
            layers = layers.add_source(File::from_str(&text.read_text(SIZE)?, FileFormat::Toml));
        }
        let layers = layers.add_source(environment).build();
        let tree = layers.and_then(|layers| layers.collect()).map_err(|_| {
            // The cause would show the line, and whatever is in it.
            StartError::new(
                format!("{} is not a file of settings", reader.origin()),
                "write it as TOML, each key once: `http = \"127.0.0.1:8080\"`, tables as `[limits]`",
            )
        })?;
        reader.flatten("", tree);
        Ok(reader)
    }

    /// Takes secrets out of the environment; returns the other variables that are ours.
    fn take_secrets(
        &mut self,
        environment: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> HashMap<String, String> {
        let mut others = HashMap::new();
        let start = format!("{PREFIX}{SEPARATOR}");
        for (name, value) in environment {
            let Some(name) = name.to_str().filter(|name| name.starts_with(&start)) else {
                continue;
            };
            let Ok(value) = value.into_string() else {
                self.wrong(
                    format!("the environment variable {name} is not text"),
                    "write it in UTF-8",
                );
                continue;
            };
            if value.is_empty() {
                continue;
            }
            match SECRETS.iter().find(|key| variable(key).eq_ignore_ascii_case(name)) {
                Some(key) => drop(self.secrets.insert(key, value.into())),
                None => drop(others.insert(name.to_owned(), value)),
            }
        }
        others
    }

    fn flatten(&mut self, before: &str, table: config::Map<String, Value>) {
        for (name, value) in table {
            let key = if before.is_empty() { name } else { format!("{before}.{name}") };
            match value.kind {
                ValueKind::Table(table) => self.flatten(&key, table),
                ValueKind::Nil => {}
                _ => drop(self.values.insert(key, value)),
            }
        }
    }

    fn wrong(&mut self, what: impl Into<String>, fix: impl Into<String>) {
        self.wrong.push((what.into(), fix.into()));
    }

    fn origin(&self) -> String {
        self.file
            .as_ref()
            .map_or_else(|| "the environment".to_owned(), |file| file.display().to_string())
    }

    /// The key as whoever wrote it knows it.
    fn shown(&self, key: &str, value: &Value) -> String {
        if is_of_environment(value) {
            return format!("the environment variable {}", variable(key));
        }
        format!("`{key}` in {}", self.origin())
    }

    fn take<T>(
        &mut self,
        key: &'static str,
        form: &str,
        read: impl FnOnce(&ValueKind) -> Option<T>,
    ) -> Option<T> {
        self.asked.insert(key);
        let value = self.values.remove(key)?;
        let shown = self.shown(key, &value);
        self.given.insert(key, shown.clone());
        let read = read(&value.kind);
        if read.is_none() {
            self.wrong(format!("{shown} is not valid"), format!("write it as {form}"));
        }
        read
    }

    fn parsed<T>(
        &mut self,
        key: &'static str,
        form: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        self.take(key, form, |kind| match kind {
            ValueKind::String(text) => parse(text),
            // Numbers may be written without quotes.
            ValueKind::I64(number) => parse(&number.to_string()),
            _ => None,
        })
    }

    pub(super) fn text(&mut self, key: &'static str) -> Option<String> {
        self.take(key, "a text in quotes", |kind| match kind {
            ValueKind::String(text) if !text.trim().is_empty() => Some(text.trim().to_owned()),
            _ => None,
        })
    }

    /// One of these texts.
    pub(super) fn choice(
        &mut self,
        key: &'static str,
        of: [&'static str; 2],
    ) -> Option<&'static str> {
        let form = format!("\"{}\" or \"{}\"", of[0], of[1]);
        self.parsed(key, &form, |text| of.into_iter().find(|choice| *choice == text.trim()))
    }

    /// Texts; apart by commas in the environment.
    pub(super) fn list(&mut self, key: &'static str) -> Option<Vec<String>> {
        let text = |value: &Value| match &value.kind {
            ValueKind::String(text) if !text.trim().is_empty() => Some(text.trim().to_owned()),
            _ => None,
        };
        self.take(key, "[\"one\", \"other\"]; in the environment as one,other", |kind| match kind {
            ValueKind::Array(values) => values.iter().map(text).collect(),
            ValueKind::String(texts) => {
                let texts = texts.split(',').map(str::trim);
                texts.map(|text| (!text.is_empty()).then(|| text.to_owned())).collect()
            }
            _ => None,
        })
    }

    pub(super) fn number(&mut self, key: &'static str) -> Option<usize> {
        self.parsed(key, "a number above zero", |text| {
            usize::try_from(values::number(text)?).ok().filter(|number| *number > 0)
        })
    }

    pub(super) fn time(&mut self, key: &'static str) -> Option<Duration> {
        self.parsed(key, "\"500ms\", \"10s\", \"5min\", \"1h\" or \"1day\"", values::time)
    }

    pub(super) fn bytes(&mut self, key: &'static str) -> Option<usize> {
        self.parsed(key, "\"32KiB\" or \"1MiB\"", values::bytes)
    }

    pub(super) fn rate(&mut self, key: &'static str) -> Option<Rate> {
        self.parsed(key, "\"30/min\", with `s`, `min`, `h` or `day`", values::rate)
    }

    /// A secret of the environment, or in the file that `file` names.
    pub(super) fn secret(&mut self, key: &'static str, file: &'static str) -> Option<SecretString> {
        self.asked.insert(key);
        let held = self.secrets.remove(key);
        if held.is_some() {
            self.given.insert(key, format!("the environment variable {}", variable(key)));
        }
        if let Some(inline) = self.values.remove(key) {
            let shown = self.shown(key, &inline);
            self.given.insert(key, shown.clone());
            self.wrong(
                format!("{shown} is a secret, and a file of settings must not hold any"),
                format!(
                    "set {}, or name a file that holds it: `{file} = \"/run/secrets/…\"`",
                    variable(key)
                ),
            );
        }
        let path = self.text(file).map(PathBuf::from);
        match (held, path) {
            (Some(_), Some(_)) => {
                self.wrong(
                    format!("there are both {} and `{file}`", variable(key)),
                    "take one of them away",
                );
                None
            }
            (Some(held), None) => Some(held),
            (None, Some(path)) => match read_secret(&path) {
                Ok(secret) => Some(secret),
                Err(error) => {
                    let (what, fix) = error.into_parts();
                    self.wrong(format!("`{file}`: {what}"), fix);
                    None
                }
            },
            (None, None) => None,
        }
    }

    /// Both, or neither of two settings.
    pub(super) fn both<A, B>(
        &mut self,
        keys: [&str; 2],
        one: Option<A>,
        other: Option<B>,
    ) -> Option<(A, B)> {
        let missing = match (&one, &other) {
            (Some(_), None) => keys[1],
            (None, Some(_)) => keys[0],
            _ => return one.zip(other),
        };
        // What is there and not valid was told already.
        if !self.wrong.iter().any(|(what, _)| what.contains(missing)) {
            let there = if missing == keys[0] { keys[1] } else { keys[0] };
            self.wrong(
                format!("there is `{there}`, but no `{missing}`"),
                format!("set `{missing}`"),
            );
        }
        None
    }

    /// Settings that do nothing unless one of `of` is there, too. If none is, each of them is wrong: whoever
    /// wrote it believes that it holds.
    pub(super) fn only_with(&mut self, of: &[&str], keys: &[&'static str]) {
        // Of a secret, its file counts as well.
        let is_given =
            |key: &&str| self.given.keys().any(|given| given.trim_end_matches("_file") == *key);
        if of.iter().any(is_given) {
            // That there are all of them is for `both` to say.
            return;
        }
        let of: Vec<_> = of.iter().map(|key| format!("`{key}`")).collect();
        let of = of.join(" and ");
        for key in keys {
            if let Some(shown) = self.given.get(key) {
                let what = format!("{shown} does nothing without {of}");
                self.wrong(what, format!("set {of}, or take it away"));
            }
        }
    }

    /// # Errors
    /// All that is wrong, and what there is that is no setting.
    pub(super) fn finish(mut self) -> Result<(), StartError> {
        for (key, value) in std::mem::take(&mut self.values) {
            let environment = is_of_environment(&value);
            let show = |key: &str| if environment { variable(key) } else { format!("`{key}`") };
            let fix = match self.nearest(&key) {
                Some(known) => format!("did you mean {}?", show(known)),
                None => "see the documentation of `server::settings` for those that there are"
                    .to_owned(),
            };
            let shown = self.shown(&key, &value);
            self.wrong(format!("{shown} is not a setting"), fix);
        }
        let mut wrong = self.wrong.into_iter();
        let Some((what, fix)) = wrong.next() else { return Ok(()) };
        let more = wrong.map(|(what, fix)| format!("{what}\n  help: {fix}\n"));
        Err(StartError::new(more.collect::<String>() + &what, fix))
    }

    /// What was probably meant: a key that is written nearly so.
    fn nearest(&self, key: &str) -> Option<&'static str> {
        let distance = |known: &&&str| {
            let last = |key: &str| key.rsplit('.').next().unwrap_or_default().to_owned();
            let whole = strsim::damerau_levenshtein(known, key);
            // The right name in another table, or in none.
            let name = strsim::damerau_levenshtein(&last(known), &last(key)) + 2;
            whole.min(name)
        };
        let nearest = self.asked.iter().min_by_key(distance)?;
        (distance(&nearest) <= 4.min(key.len() / 2)).then_some(*nearest)
    }
}

fn is_of_environment(value: &Value) -> bool {
    value.origin() == Some("the environment")
}

/// The variable of a key.
fn variable(key: &str) -> String {
    format!("{PREFIX}{SEPARATOR}{}", key.replace('.', SEPARATOR).to_uppercase())
}

fn read_secret(path: &Path) -> Result<SecretString, StartError> {
    let text =
        PrivateFile::open(path, "file of a secret", Readers::Group)?.read_text(SECRET_SIZE)?;
    // Editors and `echo` end files with a line.
    match text.trim_end_matches(['\r', '\n']) {
        "" => Err(StartError::new(
            format!("the file of a secret {} is empty", path.display()),
            "write the secret into it",
        )),
        secret => Ok(secret.into()),
    }
}
