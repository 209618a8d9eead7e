//! Instances in processes of their own.

use std::io::Write;
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use secure_tool_runtime::prelude::*;
use serde_json::{Value, json};
use sha2::Digest;

use crate::support::guarded::Runs;
use crate::support::http::{Request, Response};
use crate::support::process::{HttpProcess, clean};
use crate::support::redis::{RedisServer, installed};
use crate::support::{call, modern_meta, request};
use crate::{BURST, Limited, redis};

const URL: &str = "SECURE_TOOL_TEST_REDIS";
const ARGUMENTS: &str = "SECURE_TOOL_TEST_ARGUMENTS";

/// Not a test: the process of an instance, if this is what the process was started for.
#[test]
fn serve_when_asked() {
    let Ok(url) = std::env::var(URL) else { return };
    let arguments = std::env::var(ARGUMENTS).unwrap();
    let arguments: Vec<_> =
        std::iter::once("limited").chain(arguments.split('\n')).map(Into::into).collect();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let code = runtime.block_on(async {
        Server::new(Limited { runs: Runs::default() })
            .callers(DevelopmentUsers::new().user("alice", &[], &[]).user("bob", &[], &[]))
            .shared_state(redis(&url))
            .cli_from(arguments)
            .await
    });
    // The harness must not say anything more.
    std::process::exit(if code == ExitCode::SUCCESS { 0 } else { 1 });
}

/// The process of an instance, started by another program if need be.
fn process(server: &RedisServer, by: &[&str]) -> HttpProcess {
    HttpProcess::start(command(server, by))
}

fn command(server: &RedisServer, by: &[&str]) -> Command {
    let script = r#"program=$1; shift
        SECURE_TOOL_TEST_ARGUMENTS=$(printf '%s\n' "$@"); export SECURE_TOOL_TEST_ARGUMENTS
        exec "$program" processes::serve_when_asked --exact --nocapture --test-threads=1"#;
    let program = by.iter().copied().chain(["sh", "-c", script, "sh"]).collect::<Vec<_>>();
    let mut command: Command = clean(program[0]);
    command.args(&program[1..]).arg(std::env::current_exe().unwrap()).env(URL, server.url());
    command
}

/// Calls from both sides at once; how many were served.
fn served(processes: [&HttpProcess; 2]) -> u32 {
    let request = |process: &HttpProcess| {
        let response = Request::post(process, "alice", call(1, "limited", json!({}))).send(process);
        let result = response.json()["result"].clone();
        match result["_meta"]["secure-tool/refusal"]["code"].as_str() {
            None if result["isError"] != true => 1,
            Some("rate_limited") => 0,
            _ => panic!("{response:?}"),
        }
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|number| {
                let process = processes[number % 2];
                scope.spawn(move || (0..20).map(|_| request(process)).sum::<u32>())
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    })
}

#[test]
fn two_processes_share_one_limit_exactly() {
    let Some(server) = RedisServer::start() else { return };
    let (one, other) = (process(&server, &[]), process(&server, &[]));
    assert_eq!(served([&one, &other]), BURST);
}

#[test]
fn the_clock_of_an_instance_does_not_matter() {
    let Some(server) = RedisServer::start() else { return };
    if !installed("faketime") {
        return;
    }
    // The library alone: the program by which it is usually loaded would outlive the test's end of it.
    // Threads wait by the other clock, which stays as it is.
    let library =
        Command::new("faketime").args(["-m", "-f", "+0", "printenv", "LD_PRELOAD"]).output();
    let library = String::from_utf8(library.unwrap().stdout).unwrap();
    let preload = format!("LD_PRELOAD={}", library.trim());
    let wrong = |by: &str| {
        let by = format!("FAKETIME={by}");
        process(&server, &["env", "FAKETIME_DONT_FAKE_MONOTONIC=1", &preload, &by])
    };
    let (late, early) = (wrong("+2d"), wrong("-2d"));
    assert_eq!(served([&late, &early]), BURST);
    let dates = [&late, &early].map(|process| {
        let audit = std::fs::read_to_string(process.audit_file()).unwrap();
        audit.lines().next().unwrap().get(9..19).unwrap().to_owned()
    });
    assert!(dates[0] > dates[1], "their clocks are wrong indeed: {dates:?}");
}

/// A call of the revision 2026-07-28, with what its round adds.
fn agreed(process: &HttpProcess, round: &Value) -> Value {
    let mut meta = modern_meta();
    meta["io.modelcontextprotocol/clientCapabilities"] = json!({ "elicitation": { "form": {} } });
    let mut body = call(1, "agreed", json!({}));
    body["params"]["_meta"] = meta;
    for (key, value) in round.as_object().unwrap() {
        body["params"][key] = value.clone();
    }
    Request::modern(process, "alice", &body).send(process).json()
}

#[test]
fn a_question_of_one_process_is_answered_at_another_once() {
    let Some(server) = RedisServer::start() else { return };
    let (one, other) = (process(&server, &[]), process(&server, &[]));
    let asks = agreed(&one, &json!({}));
    assert_eq!(asks["result"]["resultType"], "input_required", "{asks}");
    let key = asks["result"]["inputRequests"].as_object().unwrap().keys().next().unwrap();
    let round = json!({
        "inputResponses": { key: { "action": "accept", "content": { "confirm": true } } },
        "requestState": asks["result"]["requestState"],
    });
    let done = agreed(&other, &round);
    assert_eq!(done["result"]["isError"], false, "{done}");
    for process in [&one, &other] {
        let again = agreed(process, &round);
        assert_eq!(again["error"]["code"], -32602, "{again}");
    }
    let reasons = |process: HttpProcess| -> Vec<Value> {
        process.stop().records().into_iter().map(|record| record["reason"].clone()).collect()
    };
    assert_eq!(reasons(one), ["input_required", "invalid_state"]);
    assert_eq!(reasons(other), ["ok", "invalid_state"]);
}

fn with_token(process: &HttpProcess, token: &str) -> Response {
    let list = request(1, "tools/list", json!({}));
    let request = Request::post(process, "alice", list);
    request.set("Authorization", &format!("Bearer {token}")).send(process)
}

#[test]
fn two_processes_count_failed_log_ins_together() {
    let Some(server) = RedisServer::start() else { return };
    let processes = [process(&server, &[]), process(&server, &[])];
    // Thirty a minute: one comes back after two seconds.
    let since = Instant::now();
    let mut failed = 0;
    for number in 0..60 {
        let process = &processes[number % 2];
        match with_token(process, &format!("dev_{number}")).status {
            401 => failed += 1,
            429 => {}
            other => panic!("{other}"),
        }
    }
    let back = since.elapsed().as_secs() / 2 + 1;
    assert!((30..=30 + back).contains(&failed), "{failed}, of which {back} may have come back");
    // Whose tokens are known is served.
    for process in &processes {
        assert_eq!(with_token(process, process.token("alice")).status, 200);
    }
}

/// Runs `tokens revoke`; whether it succeeded, and what it wrote to standard error.
fn revoke(server: &RedisServer, arguments: &[&str], input: &str) -> (bool, String) {
    let mut child = command(server, &[])
        .args(["tokens", "revoke"])
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // It may end without reading.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    (output.status.success(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn a_token_is_revoked_on_the_command_line() {
    let Some(server) = RedisServer::start() else { return };
    let process = process(&server, &[]);
    let token = process.token("alice").to_owned();
    assert_eq!(with_token(&process, &token).status, 200);
    for (arguments, input) in [
        (&[][..], ""),
        (&[], "two words"),
        (&[], &"x".repeat(20_000)),
        (&["--sha256", "00"], ""),
        (&["--sha256", &token], ""),
        (&["--days", "0"], &token),
        (&["--days", "4000"], &token),
    ] {
        let (success, error) = revoke(&server, arguments, input);
        assert!(!success, "{arguments:?}: {error}");
        assert!(error.contains("help:") || error.contains("--help"), "{arguments:?}: {error}");
    }
    assert_eq!(with_token(&process, &token).status, 200);
    let (success, told) = revoke(&server, &[], &format!("{token}\n"));
    assert!(success, "{told}");
    assert!(!told.contains(&token[4..]), "{told}");
    let is_refused = |token: &str| {
        let since = Instant::now();
        while with_token(&process, token).status != 401 {
            // A second, and what a busy machine adds.
            assert!(since.elapsed() < Duration::from_secs(5), "it is served still");
            std::thread::sleep(Duration::from_millis(10));
        }
    };
    is_refused(&token);
    // Another one by its digest alone.
    let token = process.token("bob").to_owned();
    assert_eq!(with_token(&process, &token).status, 200);
    let digest: String =
        sha2::Sha256::digest(&token).iter().map(|byte| format!("{byte:02x}")).collect();
    let (success, told) = revoke(&server, &["--sha256", &digest], "");
    assert!(success, "{told}");
    is_refused(&token);
    let left = process.stop();
    assert!(left.stderr.contains("revoked"), "{}", left.stderr);
}
