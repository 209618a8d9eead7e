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
use std::path::PathBuf;
use std::pin::Pin;
use std::process::ExitCode;

use clap::{Arg, ArgMatches, Command, value_parser};
use rmcp::handler::server::ServerHandler;

#[cfg(feature = "http")]
use super::HttpServer;
use super::{Callers, KnowsCallers, Server, StartError, signals};

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
        let matches = match command(&self.options.info.name, &self.options.info.version)
            .try_get_matches_from(arguments)
        {
            Ok(matches) => matches,
            Err(usage) => {
                // Nobody is left to tell if this fails.
                let _ = usage.print();
                return if usage.use_stderr() { ExitCode::from(USAGE) } else { ExitCode::SUCCESS };
            }
        };
        let done = match matches.subcommand() {
            Some(("manifest", _)) => self.print_manifest(),
            #[cfg(feature = "http")]
            Some(("keys", matches)) => keys::run(matches),
            #[cfg(all(feature = "http", feature = "redis"))]
            Some(("tokens", matches)) => tokens::run(matches, self.options.shared.as_ref()).await,
            Some(("serve", matches)) => self.serve(matches).await,
            _ => unreachable!("clap knows no other command, and requires one"),
        };
        match done {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                log::say(&format!("error: {error}"));
                ExitCode::FAILURE
            }
        }
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

    async fn serve(mut self, matches: &ArgMatches) -> Result<(), StartError> {
        log::start();
        if self.options.audit.is_none() {
            let path = matches.get_one::<PathBuf>("audit-file");
            self.options.audit = Some(audit_file::open(path, &self.options.info.name)?);
        }
        if let Some(address) = matches.get_one::<String>("metrics") {
            self = self.with_metrics(address)?;
        }
        let shutdown = signals::shutdown();
        match matches.get_one::<String>("http") {
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
                self.take_certificates(matches)?;
                let server = self.listen(address).await?;
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
            Some(_) => Err(StartError::new(
                "this server was built without HTTP",
                "add the feature `http` of secure-tool-runtime, or serve over stdio",
            )),
        }
    }
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
                        .requires("http")
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
                        .requires("http")
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
