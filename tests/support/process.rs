//! Servers as processes.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::JoinHandle;

use serde::Deserialize;
use serde_json::Value;
use tempfile::TempDir;

use super::wait_for;

/// The built example of that name.
pub fn example(name: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    // target/<profile>/deps/<test>, target/<profile>/examples/<example>
    let profile = test.parent().and_then(Path::parent).unwrap();
    let path = profile.join("examples").join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    assert!(
        path.is_file(),
        "{} is not built. `cargo test --workspace` builds it; alone: `cargo build --example {name}`",
        path.display()
    );
    path
}

/// A command without anything of the environment that would change how a server behaves.
pub fn clean(program: impl AsRef<Path>) -> Command {
    let mut command = Command::new(program.as_ref());
    command.stdin(Stdio::null());
    for name in [
        "SECURE_TOOL_CALLER",
        "SECURE_TOOL_SCOPES",
        "SECURE_TOOL_ROLES",
        "NOTES_DB",
        "WORKBENCH_DB",
        "WORKBENCH_PORT",
    ] {
        command.env_remove(name);
    }
    command
}

/// What a ready file says.
#[derive(Debug, Deserialize)]
pub struct Ready {
    pub url: String,
    pub tokens: BTreeMap<String, String>,
}

/// A server that listens on HTTP. It is killed when this is dropped.
pub struct HttpProcess {
    child: Child,
    pub ready: Ready,
    pub directory: TempDir,
    stderr: Option<JoinHandle<String>>,
}

impl HttpProcess {
    /// The example `notes`.
    pub fn notes() -> Self {
        Self::start(clean(example("notes")))
    }

    /// Adds `serve …` to a command.
    pub fn start(command: Command) -> Self {
        Self::start_on(command, "127.0.0.1:0", &[])
    }

    /// The same, on another address and with more arguments. Standard input is the command's own if
    /// it has one.
    pub fn start_on(mut command: Command, address: &str, more: &[&Path]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let ready_file = directory.path().join("ready.json");
        let mut child = command
            .args(["serve", "--http", address, "--ready-file"])
            .arg(&ready_file)
            .arg("--audit-file")
            .arg(directory.path().join("audit.jsonl"))
            .args(more)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let stderr = collect(child.stderr.take().unwrap());
        let ready = wait_for("the ready file", || {
            if let Some(status) = child.try_wait().unwrap() {
                panic!("the server ended with {status} before it was ready");
            }
            Some(serde_json::from_slice(&std::fs::read(&ready_file).ok()?).unwrap())
        });
        HttpProcess { child, ready, directory, stderr: Some(stderr) }
    }

    pub fn ready_file(&self) -> PathBuf {
        self.directory.path().join("ready.json")
    }

    /// `127.0.0.1:PORT`
    pub fn address(&self) -> &str {
        let (_, rest) = self.ready.url.split_once("://").unwrap();
        rest.strip_suffix("/mcp").unwrap()
    }

    pub fn token(&self, user: &str) -> &str {
        &self.ready.tokens[user]
    }

    /// The identifier of the process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Asks it to stop.
    pub fn terminate(&self) {
        signal(self.child.id(), "TERM");
    }

    /// Asks it to look at its files.
    pub fn hang_up(&self) {
        signal(self.child.id(), "HUP");
    }

    /// Its end, and what it wrote to standard error.
    pub fn wait(&mut self) -> (ExitStatus, String) {
        let status = wait_for("the server to end", || self.child.try_wait().unwrap());
        (status, self.stderr.take().unwrap().join().unwrap())
    }

    /// Asks it to stop, and returns what it wrote to standard error and to the audit file.
    pub fn stop(mut self) -> Left {
        self.terminate();
        let (status, stderr) = self.wait();
        assert!(status.success(), "{status}\n{stderr}");
        Left { stderr, audit: std::fs::read_to_string(self.audit_file()).unwrap() }
    }

    pub fn audit_file(&self) -> PathBuf {
        self.directory.path().join("audit.jsonl")
    }
}

impl Drop for HttpProcess {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a server that has ended leaves behind.
#[derive(Debug)]
pub struct Left {
    pub stderr: String,
    pub audit: String,
}

impl Left {
    pub fn records(&self) -> Vec<Value> {
        records(&self.audit)
    }
}

/// The lines of an audit file, each of them JSON.
pub fn records(audit: &str) -> Vec<Value> {
    audit.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Sends a signal. The shell knows how to, without any unsafe code.
pub fn signal(process: u32, name: &str) {
    let sent = Command::new("sh").arg("-c").arg(format!("kill -{name} {process}")).status();
    assert!(sent.unwrap().success(), "the process {process} is gone");
}

/// Reads everything on a thread, so that the process never waits for somebody to read.
pub fn collect(mut pipe: impl Read + Send + 'static) -> JoinHandle<String> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        pipe.read_to_end(&mut bytes).unwrap();
        String::from_utf8_lossy(&bytes).into_owned()
    })
}
