//! The command line of a server binary: `serve`, `manifest`, `keys` and `tokens`.

mod audit_file;
#[cfg(feature = "http")]
mod keys;
mod log;
#[cfg(all(feature = "http", feature = "redis"))]
mod tokens;
#[cfg(feature = "http")]
mod welcome;

use std::ffi::OsString;
use std::io::Write;
#[cfg(feature = "config")]
use std::path::Path;
use std::path::PathBuf;
use std::pin::Pin;
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use rmcp::handler::server::ServerHandler;

#[cfg(feature = "http")]
use super::HttpServer;
use super::{Callers, KnowsCallers, Server, StartError, signals};
use crate::audit::Audit;

/// What a program answers to arguments that it does not understand.
const USAGE: u8 = 2;

/// What the program comes to. A type with a name, so that the compiler says once, and not for every
/// use of the future, that callers are missing.
pub type Running = Pin<Box<dyn Future<Output = ExitCode>>>;

impl<C: 'static, H: ServerHandler> Server<C, H> {
    /// Does what the command line of the process asks for: `serve`, `manifest`, `keys` or `tokens`; see
    /// `--help`.
    ///
    /// Ends when the server has stopped: with success after a signal or when the client of a stdio
    /// server is gone, with failure and a text on standard error if it cannot start.
    pub fn cli(self) -> Running
    where
        C: KnowsCallers,
    {
        self.cli_from(std::env::args_os())
    }

    /// As [`Server::cli`], with these arguments; the first is the name of the program.
    pub fn cli_from(self, arguments: impl IntoIterator<Item = OsString>) -> Running
    where
        C: KnowsCallers,
    {
        let arguments = arguments.into_iter().collect();
        Box::pin(self.known().run(arguments))
    }
}

impl<H: ServerHandler> Server<Callers, H> {
    async fn run(self, mut arguments: Vec<OsString>) -> ExitCode {
        if arguments.len() < 2 {
            arguments.extend(self.options.default_command.iter().map(Into::into));
        }
        let mut command = command(&self.options.info.name, &self.options.info.version);
        let secret = arguments.iter().any(|name| name == "keys" || name == "tokens");
        let matches = match command.try_get_matches_from_mut(arguments) {
            Ok(matches) => matches,
            Err(usage) if secret && repeats_arguments(usage.kind()) => {
                log::say(
                    "error: these arguments are not taken; keys and tokens are read from standard input\n\n\
                     For more information, try '--help'.",
                );
                return ExitCode::from(USAGE);
            }
            Err(usage) => {
                // Nobody is left to tell if this fails.
                let _ = usage.print();
                return if usage.use_stderr() { ExitCode::from(USAGE) } else { ExitCode::SUCCESS };
            }
        };
        match self.command(&matches).await {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                log::say(&format!("error: {error}"));
                ExitCode::FAILURE
            }
        }
    }

    async fn command(self, matches: &ArgMatches) -> Result<(), StartError> {
        match matches.subcommand() {
            Some(("manifest", _)) => self.print_manifest(),
            #[cfg(feature = "http")]
            Some(("keys", matches)) => keys::run(matches),
            #[cfg(all(feature = "http", feature = "redis"))]
            Some(("tokens", matches)) => {
                let (server, _) = self.configured(matches)?;
                tokens::run(matches, server.options.shared.as_ref()).await
            }
            Some(("serve", matches)) => {
                let (server, chosen) = self.configured(matches)?;
                server.serve(matches, chosen).await
            }
            _ => unreachable!("clap knows no other command, and requires one"),
        }
    }

    /// With what the operator has set.
    #[cfg(feature = "config")]
    fn configured(self, matches: &ArgMatches) -> Result<(Self, Chosen), StartError> {
        let file = matches.get_one::<PathBuf>("config").map(PathBuf::as_path);
        let settings = super::settings::Settings::read(file)?;
        let http = settings.http().map(str::to_owned);
        let audit_file = settings.audit_file().map(Path::to_owned);
        Ok((self.settings(settings)?, Chosen::of(matches, http, audit_file)))
    }

    #[cfg(not(feature = "config"))]
    #[expect(clippy::unnecessary_wraps, reason = "with settings, it fails")]
    fn configured(self, matches: &ArgMatches) -> Result<(Self, Chosen), StartError> {
        Ok((self, Chosen::of(matches, None, None)))
    }

    fn print_manifest(&self) -> Result<(), StartError> {
        let manifest = self.manifest().and_then(|manifest| manifest.to_canonical_json());
        let manifest = manifest.map_err(|error| {
            StartError::new("the manifest cannot be written", "look at the cause")
                .because(error.into())
        })?;
        let written = writeln!(std::io::stdout(), "{manifest}");
        written.map_err(|error| {
            StartError::new("standard output cannot be written to", "look at the cause")
                .because(error)
        })
    }

    async fn serve(mut self, matches: &ArgMatches, chosen: Chosen) -> Result<(), StartError> {
        log::start();
        if let Some(address) = matches.get_one::<String>("metrics") {
            self = self.with_metrics(address)?;
        }
        if let (None, Some(option)) = (&chosen.http, of_http(matches)) {
            return Err(StartError::new(
                format!("`{option}` is of no use over standard input and output"),
                "say where to listen, with `--http 127.0.0.1:8080` or in the settings",
            ));
        }
        #[cfg(feature = "http")]
        self.take_certificates(matches)?;
        if matches.get_flag("check") {
            return self.check(chosen.http.as_deref());
        }
        if self.options.audit.is_none() {
            let path = chosen.audit_file.as_ref();
            self.options.audit = Some(audit_file::open(path, &self.options.info.name)?);
        }
        let shutdown = signals::shutdown();
        match chosen.http {
            None => {
                let served = self.serve_stdio(shutdown.clone()).await;
                if shutdown.is_cancelled() && served.is_ok() {
                    // A read from a terminal cannot be cancelled, and the runtime would wait for it.
                    std::process::exit(0);
                }
                served
            }
            #[cfg(feature = "http")]
            Some(address) => {
                let name = self.options.info.name.clone();
                #[cfg(unix)]
                signals::reload();
                let server = self.listen(&address).await?;
                if let Some(path) = matches.get_one::<PathBuf>("ready-file") {
                    super::ready::write(path, &server).map_err(|error| {
                        StartError::new(
                            "the ready file cannot be written",
                            "name a file in a directory that exists and is yours",
                        )
                        .because(error)
                    })?;
                }
                if server.tokens().next().is_some() {
                    welcome::print(&name, &server);
                } else {
                    log::say(&format!("{name} listens on {}", server.url()));
                }
                server.run(shutdown).await
            }
            #[cfg(not(feature = "http"))]
            Some(_) => Err(without_http()),
        }
    }

    /// Says whether the server would start, without listening and without a file of records.
    fn check(mut self, http: Option<&str>) -> Result<(), StartError> {
        let name = self.options.info.name.clone();
        self.check_tools()?;
        self.options.audit = Some(Audit::builder().start().map_err(StartError::audit)?);
        #[cfg(feature = "metrics")]
        if self.options.metrics.is_some_and(|address| !address.ip().is_loopback()) {
            // As the listener would say.
            return self.guard().map(|_| ());
        }
        #[cfg(feature = "metrics")]
        {
            self.options.metrics = None;
        }
        match http {
            None => drop(self.callers.local()?),
            #[cfg(feature = "http")]
            // The address of its socket is known to systemd alone.
            Some("systemd") => self.would_serve(([127, 0, 0, 1], 0).into())?,
            #[cfg(feature = "http")]
            Some(address) => self.would_serve(resolve("--http", address)?)?,
            #[cfg(not(feature = "http"))]
            Some(_) => return Err(without_http()),
        }
        log::say(&format!("{name} would start"));
        Ok(())
    }
}

/// True for errors whose text has an argument in it. Where secrets are at hand, one may be among them.
fn repeats_arguments(error: ErrorKind) -> bool {
    use ErrorKind::{
        DisplayHelp, DisplayHelpOnMissingArgumentOrSubcommand, DisplayVersion,
        MissingRequiredArgument, MissingSubcommand,
    };
    !matches!(
        error,
        DisplayHelp
            | DisplayHelpOnMissingArgumentOrSubcommand
            | DisplayVersion
            | MissingRequiredArgument
            | MissingSubcommand
    )
}

/// What to serve on and where to write, by the command line or else by settings.
struct Chosen {
    http: Option<String>,
    audit_file: Option<PathBuf>,
}

impl Chosen {
    fn of(matches: &ArgMatches, http: Option<String>, audit_file: Option<PathBuf>) -> Self {
        // Other commands than `serve` have none of these options.
        let text = matches.try_get_one::<String>("http").ok().flatten();
        let path = matches.try_get_one::<PathBuf>("audit-file").ok().flatten();
        Chosen { http: text.cloned().or(http), audit_file: path.cloned().or(audit_file) }
    }
}

/// An option that is there, and matters to HTTP alone.
fn of_http(matches: &ArgMatches) -> Option<&'static str> {
    let options = [("tls-cert", "--tls-cert"), ("ready-file", "--ready-file")];
    let there = options.into_iter().find(|(name, _)| matches.contains_id(name));
    there.map(|(_, option)| option)
}

#[cfg(not(feature = "http"))]
fn without_http() -> StartError {
    StartError::new(
        "this server was built without HTTP",
        "add the feature `http` of secure-tool-runtime, or serve over stdio",
    )
}

#[cfg(feature = "http")]
impl<H: ServerHandler> Server<Callers, H> {
    async fn listen(self, address: &str) -> Result<HttpServer, StartError> {
        if address != "systemd" {
            return self.bind_http(resolve("--http", address)?).await;
        }
        #[cfg(all(feature = "systemd", unix))]
        return self.take_systemd_http();
        #[cfg(not(all(feature = "systemd", unix)))]
        Err(StartError::new(
            "this server was built without systemd",
            "add the feature `systemd` of secure-tool-runtime, or name an address",
        ))
    }

    /// TLS from the command line, in place of what the program says.
    fn take_certificates(&mut self, matches: &ArgMatches) -> Result<(), StartError> {
        let file = |name| matches.get_one::<PathBuf>(name);
        let (Some(certificate), Some(key)) = (file("tls-cert"), file("tls-key")) else {
            return Ok(());
        };
        #[cfg(feature = "tls")]
        self.options.http.use_files(certificate, key);
        #[cfg(feature = "tls")]
        return Ok(());
        #[cfg(not(feature = "tls"))]
        Err(StartError::new(
            format!(
                "this server was built without TLS, for {} and {}",
                certificate.display(),
                key.display()
            ),
            "add the feature `tls` of secure-tool-runtime, or let a proxy end TLS",
        ))
    }
}

fn command(name: &str, version: &str) -> Command {
    let command = served(name, version);
    #[cfg(feature = "http")]
    let command = command.subcommand(keys::command());
    #[cfg(all(feature = "http", feature = "redis"))]
    let command = command.subcommand(tokens::command());
    #[cfg(feature = "config")]
    let command = command.arg(
        Arg::new("config")
            .long("config")
            .value_name("FILE")
            .global(true)
            .value_parser(value_parser!(PathBuf))
            .help("Read settings from this TOML file; variables such as SECURE_TOOL__LIMITS__DRAIN_TIME come before it, options before both"),
    );
    command
}

fn served(name: &str, version: &str) -> Command {
    Command::new(name.to_owned())
        .version(version.to_owned())
        .subcommand_required(true)
        .subcommand(
            Command::new("serve")
                .about("Serve the tools, over standard input and output unless told otherwise")
                .after_help(
                    "Over stdio the caller comes from the environment: SECURE_TOOL_CALLER names \
                     it, SECURE_TOOL_SCOPES and SECURE_TOOL_ROLES grant, apart by spaces.",
                )
                .arg(
                    Arg::new("http")
                        .long("http")
                        .value_name("ADDR")
                        .help("Serve over HTTP on this address, such as 127.0.0.1:8080; port 0 takes a free one, `systemd` the socket of the unit. Other machines are served only over TLS, or behind a proxy that the program names"),
                )
                .arg(
                    Arg::new("tls-cert")
                        .long("tls-cert")
                        .value_name("FILE")
                        .requires("tls-key")
                        .value_parser(value_parser!(PathBuf))
                        .help("Serve over TLS with this chain of certificates (PEM), read again when it changes"),
                )
                .arg(
                    Arg::new("tls-key")
                        .long("tls-key")
                        .value_name("FILE")
                        .requires("tls-cert")
                        .value_parser(value_parser!(PathBuf))
                        .help("The private key of the certificate (PEM), not readable by everybody"),
                )
                .arg(
                    Arg::new("ready-file")
                        .long("ready-file")
                        .value_name("FILE")
                        .value_parser(value_parser!(PathBuf))
                        .help("Once it listens, write {\"url\", \"tokens\": {user: token}} there, for your eyes only"),
                )
                .arg(
                    Arg::new("metrics")
                        .long("metrics")
                        .value_name("ADDR")
                        .help("Serve metrics for Prometheus on this loopback address, at /metrics, such as 127.0.0.1:9090"),
                )
                .arg(
                    Arg::new("check")
                        .long("check")
                        .action(ArgAction::SetTrue)
                        .help("Say whether the server would start, and end"),
                )
                .arg(
                    Arg::new("audit-file")
                        .long("audit-file")
                        .value_name("FILE")
                        .value_parser(value_parser!(PathBuf))
                        .help("Append audit records there as JSON lines, rotated at 10 MB, five kept [default: a file of this server in your state directory]"),
                ),
        )
        .subcommand(Command::new("manifest").about("Print what the tools are and who may call them, as canonical JSON"))
}

impl<H> Server<Callers, H> {
    #[cfg(feature = "metrics")]
    fn with_metrics(self, address: &str) -> Result<Self, StartError> {
        Ok(self.metrics(resolve("--metrics", address)?))
    }

    #[cfg(not(feature = "metrics"))]
    fn with_metrics(self, _address: &str) -> Result<Self, StartError> {
        Err(StartError::new(
            "this server was built without metrics",
            "add the feature `metrics` of secure-tool-runtime",
        ))
    }
}

#[cfg(any(feature = "http", feature = "metrics"))]
fn resolve(option: &str, address: &str) -> Result<std::net::SocketAddr, StartError> {
    let localhost = address.replacen("localhost:", "127.0.0.1:", 1);
    localhost.parse().map_err(|_| {
        StartError::new(
            format!("the address after `{option}` is not valid"),
            "write it as 127.0.0.1:8080",
        )
    })
}
