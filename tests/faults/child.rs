//! A server of these tools in a process of its own, with files, memory and signals of its own.

use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use secure_tool_runtime::DevelopmentUsers;
use secure_tool_runtime::server::{HttpLimits, Tls};

use crate::support::process::{HttpProcess, clean};
use crate::world::unaudited;

const ARGUMENTS: &str = "SECURE_TOOL_TEST_ARGUMENTS";

/// Not a test: the process of a server, if this is what the process was started for.
#[test]
fn serve_when_asked() {
    let Ok(arguments) = std::env::var(ARGUMENTS) else { return };
    let arguments: Vec<OsString> =
        std::iter::once("faults").chain(arguments.split('\n')).map(Into::into).collect();
    let hour = Duration::from_secs(3600);
    let mut limits = HttpLimits::default();
    limits.idle_time = hour;
    let mut server = unaudited().http_limits(limits);
    if arguments.iter().any(|argument| argument == "--tls-cert") {
        // Of the command line's files. Nobody looks at them by himself during a test.
        server = server.tls(Tls::files("", "").look_every(hour));
    }
    let server = server.callers(DevelopmentUsers::new().user("alice", &[], &[]));
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let code = runtime.block_on(server.cli_from(arguments));
    // The harness must not say anything more.
    std::process::exit(if code == ExitCode::SUCCESS { 0 } else { 1 });
}

/// With as many files as the system lets it open.
pub async fn start(more: &[&Path]) -> HttpProcess {
    let script = r#"program=$1; shift; ulimit -S -n "$(ulimit -H -n)"
        SECURE_TOOL_TEST_ARGUMENTS=$(printf '%s\n' "$@"); export SECURE_TOOL_TEST_ARGUMENTS
        exec "$program" child::serve_when_asked --exact --nocapture --test-threads=1"#;
    let mut command = clean("sh");
    command.args(["-c", script, "sh"]).arg(std::env::current_exe().unwrap());
    let more: Vec<_> = more.iter().map(|argument| argument.to_path_buf()).collect();
    let start = move || {
        let more: Vec<_> = more.iter().map(AsRef::as_ref).collect();
        HttpProcess::start_on(command, "127.0.0.1:0", &more)
    };
    tokio::task::spawn_blocking(start).await.unwrap()
}
