//! `tokens revoke`: a bearer token that no instance takes any more.

use std::io::Read;
use std::time::Duration;

use clap::{Arg, ArgMatches, Command, value_parser};
use secrecy::{ExposeSecret, SecretString};
use tokio::time::{Instant, sleep};

use super::log::say;
use crate::server::StartError;
use crate::server::api_keys::key::read_digest;
use crate::shared::{Outage, SharedState, jwt_name, token_name};

/// The longest input that is read for a token, in bytes: no longer one is taken by a server.
const INPUT: u64 = 16 << 10;

/// Days that revocations are kept, unless somebody says otherwise: longer than issuers let access
/// tokens live.
const DAYS: &str = "31";

/// How long the store is tried: a new connection takes longer than a call may wait for it.
const PATIENCE: Duration = Duration::from_secs(5);

/// Between two attempts.
const PAUSE: Duration = Duration::from_millis(50);

pub(super) fn command() -> Command {
    Command::new("tokens")
        .about("Revoke bearer tokens, at all instances that share a state")
        .subcommand_required(true)
        .subcommand(
            Command::new("revoke")
                .about("Revoke the token on standard input: all instances refuse it within a second, although it is valid")
                .after_help("An API key is revoked for good when its entry is removed from the file of API keys.")
                .arg(
                    Arg::new("sha256")
                        .long("sha256")
                        .value_name("HEX")
                        .help("Revoke the token with this SHA-256, instead of the one on standard input; of a JWT, that of all before its last dot"),
                )
                .arg(
                    Arg::new("days")
                        .long("days")
                        .value_name("DAYS")
                        .default_value(DAYS)
                        .value_parser(value_parser!(u16).range(1..=3660))
                        .help("For how long: until the token has ended by itself"),
                ),
        )
}

pub(super) async fn run(
    matches: &ArgMatches,
    shared: Option<&SharedState>,
) -> Result<(), StartError> {
    let Some(("revoke", matches)) = matches.subcommand() else {
        unreachable!("clap knows no other command, and requires one")
    };
    let shared = shared.ok_or_else(|| {
        StartError::new(
            "this server shares no state with its instances, so that none would hear of it",
            "give it one with `Server::shared_state`, or start it anew to forget what it knows of tokens",
        )
    })?;
    let days: u16 = *matches.get_one("days").expect("it has a default");
    let keep = Duration::from_secs(u64::from(days) * 86_400);
    let names = match matches.get_one::<String>("sha256") {
        // Of which kind it is cannot be seen.
        Some(digits) => {
            let digest = digest(digits)?;
            vec![digest.to_vec(), jwt_name(&digest).to_vec()]
        }
        None => vec![token_name(read()?.expose_secret())],
    };
    let until = Instant::now() + PATIENCE;
    let mut revoked = revoke(shared, &names, keep).await;
    while revoked.is_err() && Instant::now() < until {
        sleep(PAUSE).await;
        revoked = revoke(shared, &names, keep).await;
    }
    revoked.map_err(|outage| {
        StartError::new(format!("nothing is revoked: {outage}"), "look at the store, and try again")
    })?;
    say(&format!("Revoked for {days} days. Running instances refuse it within a second."));
    Ok(())
}

async fn revoke(shared: &SharedState, names: &[Vec<u8>], keep: Duration) -> Result<(), Outage> {
    for name in names {
        shared.revoke(name, keep).await?;
    }
    Ok(())
}

/// The token on standard input. Never as an argument, which everybody on the machine can read.
fn read() -> Result<SecretString, StartError> {
    let mut text = String::new();
    let read = std::io::stdin().take(INPUT + 1).read_to_string(&mut text);
    let text = SecretString::from(text);
    let token = text.expose_secret().trim();
    let fine = !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic());
    read.ok().filter(|read| fine && *read as u64 <= INPUT).map(|_| token.into()).ok_or_else(|| {
        StartError::new(
            "there is no token on standard input",
            "give one as clients send it, without `Bearer`; or its digest with `--sha256`",
        )
    })
}

fn digest(text: &str) -> Result<[u8; 32], StartError> {
    // Also as entries of API keys have it.
    read_digest(text.strip_prefix("sha256:").unwrap_or(text)).ok_or_else(|| {
        StartError::new(
            "what follows `--sha256` is no SHA-256",
            "write 64 hexadecimal digits: `printf %s \"$TOKEN\" | sha256sum`, of a JWT `printf %s \"${TOKEN%.*}\" | sha256sum`",
        )
    })
}
