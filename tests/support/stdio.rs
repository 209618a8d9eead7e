//! A client on standard input and output that writes exactly what it is told to.

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread::JoinHandle;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::process::{Left, clean, collect, example};
use super::{PATIENCE, request, wait_for};

/// A server that was started by its client. It is killed when this is dropped.
pub struct StdioProcess {
    child: Child,
    input: Option<ChildStdin>,
    lines: Receiver<String>,
    stderr: Option<JoinHandle<String>>,
    pub directory: TempDir,
}

impl StdioProcess {
    /// The example `notes`, for that user, after the handshake of the revision 2025-11-25.
    pub fn notes(user: &str) -> Self {
        let mut command = clean(example("notes"));
        command.env("SECURE_TOOL_CALLER", user);
        let mut server = Self::start(command);
        server.initialize();
        server
    }

    /// Adds `serve …` to a command.
    pub fn start(command: Command) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let audit_file = directory.path().join("audit.jsonl");
        let arguments = ["serve", "--audit-file", audit_file.to_str().unwrap()];
        let mut server = Self::start_with(command, &arguments);
        server.directory = directory;
        server
    }

    pub fn start_with(mut command: Command, arguments: &[&str]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let mut child = command
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let stderr = Some(collect(child.stderr.take().unwrap()));
        let output = BufReader::new(child.stdout.take().unwrap());
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                // Nobody waits for it any more.
                let _ = sender.send(line);
            }
        });
        StdioProcess { input: child.stdin.take(), child, lines, stderr, directory }
    }

    pub fn initialize(&mut self) {
        let params = json!({
            "protocolVersion": "2025-11-25",
            "capabilities": {},
            "clientInfo": { "name": "test", "version": "0" },
        });
        let answer = self.ask(&request(0, "initialize", params));
        assert_eq!(answer["result"]["protocolVersion"], "2025-11-25", "{answer}");
        self.send(&json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }));
    }

    /// Writes bytes, without a line feed.
    pub fn write(&mut self, bytes: &[u8]) {
        let input = self.input.as_mut().unwrap();
        input.write_all(bytes).unwrap();
        input.flush().unwrap();
    }

    pub fn send(&mut self, message: &Value) {
        self.write(format!("{message}\n").as_bytes());
    }

    /// Sends a request and waits for its answer; other messages are passed over.
    pub fn ask(&mut self, request: &Value) -> Value {
        self.send(request);
        self.answer(&request["id"])
    }

    pub fn answer(&self, id: &Value) -> Value {
        loop {
            let line = self.lines.recv_timeout(PATIENCE).expect("an answer in time");
            // The harness of a test that serves writes there, too, without ending its line.
            let Some(start) = line.find('{') else { continue };
            let message: Value = serde_json::from_str(&line[start..]).unwrap();
            if message["id"] == *id {
                return message;
            }
        }
    }

    /// Closes the server's standard input.
    pub fn close(&mut self) {
        self.input = None;
    }

    /// Closes its input, waits for its end, and returns what it left behind.
    pub fn stop(mut self) -> Left {
        self.close();
        let (status, stderr) = self.wait();
        assert!(status.success(), "{status}\n{stderr}");
        Left { stderr, audit: std::fs::read_to_string(self.audit_file()).unwrap() }
    }

    pub fn wait(&mut self) -> (ExitStatus, String) {
        let status = wait_for("the server to end", || self.child.try_wait().unwrap());
        (status, self.stderr.take().unwrap().join().unwrap())
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    pub fn audit_file(&self) -> PathBuf {
        self.directory.path().join("audit.jsonl")
    }
}

impl Drop for StdioProcess {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
