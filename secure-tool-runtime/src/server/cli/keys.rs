//! `keys new` and `keys hash`: API keys and their entries.

use std::io::{Read, Write};
use std::time::{Duration, SystemTime};

use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use secrecy::{ExposeSecret, SecretString};

use super::log::say;
use crate::audit::date_and_time;
use crate::server::StartError;
use crate::server::api_keys::key::{Entry, is_key, new_key};

/// The longest input that is read for a key, in bytes.
const INPUT: u64 = 1024;

pub(super) fn command() -> Command {
    Command::new("keys")
        .about("Make API keys, and entries for them")
        .subcommand_required(true)
        .subcommand(grants(Command::new("new")).about(
            "Make a key: it is printed once, to standard output, and its entry to standard error",
        ))
        .subcommand(
            grants(Command::new("hash"))
                .about("Read a key from standard input and print its entry"),
        )
}

fn grants(command: Command) -> Command {
    let list = |name: &'static str, help: &'static str| {
        Arg::new(name)
            .long(name)
            .value_name(name.to_uppercase())
            .action(ArgAction::Append)
            .help(help)
    };
    command
        .arg(
            Arg::new("name")
                .long("name")
                .value_name("NAME")
                .required(true)
                .help("Whose key it is: the caller will be `key:NAME`"),
        )
        .arg(list("scope", "A scope that it grants; may be repeated"))
        .arg(list("role", "A role that it grants; may be repeated"))
        .arg(
            Arg::new("days")
                .long("days")
                .value_name("DAYS")
                .value_parser(value_parser!(u16).range(1..=3660))
                .help("For how many days it is good [default: until its entry is removed]"),
        )
}

pub(super) fn run(matches: &ArgMatches) -> Result<(), StartError> {
    match matches.subcommand() {
        Some(("new", matches)) => {
            let key = new_key().map_err(StartError::randomness)?;
            // An entry that would not be taken makes no key.
            let entry = entry(&key, matches)?;
            print(key.expose_secret())?;
            say("The key is above, and nowhere else. Add this line to the file of API keys:");
            say(&entry);
            Ok(())
        }
        Some(("hash", matches)) => print(&entry(&read()?, matches)?),
        _ => unreachable!("clap knows no other command, and requires one"),
    }
}

fn entry(key: &SecretString, matches: &ArgMatches) -> Result<String, StartError> {
    let names = |name| matches.get_many(name).into_iter().flatten().cloned().collect();
    let name: &String = matches.get_one("name").expect("clap requires it");
    let expires = matches.get_one::<u16>("days").map(|days| {
        let end = SystemTime::now() + Duration::from_secs(u64::from(*days) * 86_400);
        let end = end.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
        format!("{}Z", date_and_time(end))
    });
    let entry = Entry::of(key, name, names("scope"), names("role"), expires);
    entry.caller().map_err(|error| {
        StartError::new(
            "the key would not be valid",
            format!("correct its name or grants: {error}"),
        )
    })?;
    serde_json::to_string(&entry).map_err(|error| {
        StartError::new("the entry cannot be written", "look at the cause").because(error.into())
    })
}

/// The key on standard input. Never as an argument, which everybody on the machine can read.
fn read() -> Result<SecretString, StartError> {
    let mut text = String::new();
    let read = std::io::stdin().take(INPUT).read_to_string(&mut text);
    read.ok().filter(|_| is_key(text.trim())).map(|_| text.trim().into()).ok_or_else(|| {
        StartError::new("there is no key on standard input", "give one that `keys new` has made")
    })
}

fn print(line: &str) -> Result<(), StartError> {
    writeln!(std::io::stdout(), "{line}").map_err(|error| {
        StartError::new("standard output cannot be written to", "look at the cause").because(error)
    })
}
