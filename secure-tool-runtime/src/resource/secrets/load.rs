//! From a declaration to values: all of them, or all that is wrong.

use std::path::PathBuf;

use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};

use super::guard::under_guard;
use super::{Sources, file, git, judge};
use crate::server::StartError;

/// A secret, as the struct declares it.
#[derive(Debug, Clone, Copy)]
pub struct Declared {
    /// Its variable.
    pub variable: &'static str,
    /// Its name among systemd's credentials.
    pub credential: &'static str,
    /// Whether it may be missing.
    pub optional: bool,
    /// How its values begin, by environment.
    pub begins: &'static [(&'static str, &'static str)],
}

/// The type of a field in a struct of secrets.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not hold a secret",
    label = "a struct with `#[derive(Secrets)]` holds nothing but secrets",
    note = "take `SecretString`, or `Option<SecretString>` for one that may be missing",
    note = "keep what is no secret in another struct"
)]
pub trait Field: Sized {
    /// Whether it may be missing.
    const OPTIONAL: bool;

    /// The field, of what was found. What is mandatory was found, or nothing is made of it.
    fn of(found: Option<SecretString>) -> Self;
}

/// What is known of a field, once its type was found to be one.
#[derive(Debug)]
pub struct FieldOf<T> {
    /// Whether it may be missing.
    pub optional: bool,
    /// The field, of what was found.
    pub of: fn(Option<SecretString>) -> T,
}

/// The one place of an expansion that asks for [`Field`], so that the compiler complains once, at the type as
/// the user wrote it. Its name is part of what the compiler says.
#[must_use]
pub const fn has_to_be_a_secret<T: Field>() -> FieldOf<T> {
    FieldOf { optional: T::OPTIONAL, of: T::of }
}

impl Field for SecretString {
    const OPTIONAL: bool = false;

    fn of(found: Option<SecretString>) -> Self {
        found.expect("`fill` gives every mandatory secret, or an error")
    }
}

impl Field for Option<SecretString> {
    const OPTIONAL: bool = true;

    fn of(found: Option<SecretString>) -> Self {
        found
    }
}

/// The values of all that is declared, in its order, under guard. None for what may be missing.
///
/// # Errors
/// If any is missing or refused.
pub fn fill<const N: usize>(
    sources: &Sources,
    declared: &[Declared; N],
) -> Result<std::array::IntoIter<Option<SecretString>, N>, StartError> {
    let mut faults = Vec::new();
    let environment = sources.environment().unwrap_or_else(|fault| {
        faults.push(fault.to_owned());
        String::new()
    });
    let values = declared.each_ref().map(|declared| {
        let found = find(sources, declared).and_then(|found| match found {
            None if !declared.optional => Err(missing(declared)),
            None => Ok(None),
            Some(value) => judged(value, &environment, declared).map(Some),
        });
        found.unwrap_or_else(|fault| {
            faults.push(fault);
            None
        })
    });
    faults.extend(tracked(sources, declared));
    if !faults.is_empty() {
        return Err(refused(&faults));
    }
    let found = values.iter().flatten().map(ExposeSecret::expose_secret);
    under_guard(found).map_err(|error| StartError::new(error.to_string(), "load fewer secrets"))?;
    Ok(values.into_iter())
}

fn missing(Declared { variable, credential, .. }: &Declared) -> String {
    format!(
        "`{variable}` is missing: set it, or set `{variable}_FILE` to the path of a file that holds it, \
         or give the unit the credential `{credential}`"
    )
}

/// A value, and where it was found.
type Found = (String, Zeroizing<Vec<u8>>);

fn find(sources: &Sources, declared: &Declared) -> Result<Option<Found>, String> {
    let variable = declared.variable;
    let by_file = format!("{variable}_FILE");
    let in_file = |name: &str, path: PathBuf| match file::read(&path) {
        Ok(bytes) => Ok(Some((format!("the file of {name}"), bytes))),
        Err(fault) => Err(format!("the file of {name} {fault}")),
    };
    let credential = sources
        .get("CREDENTIALS_DIRECTORY")
        .map(|directory| PathBuf::from(directory).join(declared.credential))
        .filter(|path| path.exists());
    match (sources.get(variable), sources.get(&by_file), credential) {
        (None, None, None) => Ok(None),
        (Some(value), None, None) => {
            let bytes = Zeroizing::new(value.into_encoded_bytes());
            Ok(Some((format!("`{variable}`"), bytes)))
        }
        (None, Some(path), None) => in_file(&format!("`{by_file}`"), path.into()),
        (None, None, Some(path)) => {
            in_file(&format!("the credential `{}`", declared.credential), path)
        }
        (value, path, credential) => {
            let names = [
                value.map(|_| format!("`{variable}`")),
                path.map(|_| format!("`{by_file}`")),
                credential.map(|_| format!("the credential `{}`", declared.credential)),
            ];
            let names: Vec<String> = names.into_iter().flatten().collect();
            Err(format!("{} are both there: leave one of them", names.join(" and ")))
        }
    }
}

fn judged(
    (place, bytes): Found,
    environment: &str,
    declared: &Declared,
) -> Result<SecretString, String> {
    let Ok(value) = std::str::from_utf8(&bytes) else {
        return Err(format!("{place} is not UTF-8: encode it, in base64 for example"));
    };
    let fault = judge::fault(value);
    match fault.or_else(|| judge::misplaced(value, environment, declared.begins)) {
        Some(fault) => Err(format!("{place} {fault}")),
        None => Ok(SecretString::from(value)),
    }
}

/// What a `.env` under version control says.
fn tracked(sources: &Sources, declared: &[Declared]) -> Vec<String> {
    let Some(directory) = sources.working_directory() else { return Vec::new() };
    let variables = declared.iter().map(|declared| declared.variable);
    match git::set_in_tracked_env(directory, variables) {
        Ok(names) => names
            .into_iter()
            .map(|name| {
                format!("`{name}` is in a `.env` that is under version control: {}", git::FIX)
            })
            .collect(),
        Err(error) => vec![format!(
            "whether `.env` under version control holds secrets cannot be told: {error} (or make `.env` and \
             `.git` readable, or start elsewhere)"
        )],
    }
}

fn refused(faults: &[String]) -> StartError {
    let mut what = match faults.len() {
        1 => "a secret cannot be loaded".to_owned(),
        count => format!("{count} secrets cannot be loaded"),
    };
    for fault in faults {
        what.push_str("\n  ");
        what.push_str(fault);
    }
    StartError::new(what, "correct what is listed, and start again")
}
