//! A directory that is served, with secrets around it, and traps that leave a file when they are run.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use sqlx::Connection as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use tempfile::TempDir;

use crate::support::call;
use crate::support::http::{Request, Response};
use crate::support::process::{HttpProcess, clean, example};

/// What must not come back.
pub const SECRET: &str = "CANARY-7f3a9c";

pub struct World {
    pub server: HttpProcess,
    around: TempDir,
}

impl World {
    pub fn new() -> Self {
        Self::with(|_| ())
    }

    /// A world in which more is prepared before the server starts.
    pub fn with(prepare: impl FnOnce(&Path)) -> Self {
        Self::started(prepare, |_| ())
    }

    /// One whose server is told more when it starts.
    pub fn started(prepare: impl FnOnce(&Path), tell: impl FnOnce(&mut Command)) -> Self {
        let around = tempfile::tempdir().unwrap();
        let at = |name: &str| around.path().join(name);
        fs::create_dir_all(at("safe/folder")).unwrap();
        fs::create_dir(at("safe_secrets")).unwrap();
        fs::write(at("safe_secrets/secret.txt"), SECRET).unwrap();
        fs::write(at("secret.txt"), SECRET).unwrap();
        fs::write(at("safe/notes.txt"), "ours").unwrap();
        symlink(at("secret.txt"), at("safe/link")).unwrap();
        symlink(at("safe_secrets"), at("safe/folder_link")).unwrap();
        fs::hard_link(at("secret.txt"), at("safe/hard_link")).unwrap();
        orders(&at("orders.db"));
        prepare(around.path());
        let mut command = clean(example("workbench"));
        command.arg(at("safe")).env("WORKBENCH_DB", at("orders.db"));
        tell(&mut command);
        World { server: HttpProcess::start(command), around }
    }

    pub fn around(&self) -> &Path {
        self.around.path()
    }

    pub fn at(&self, name: &str) -> PathBuf {
        self.around().join(name)
    }

    /// Calls a tool as somebody who may do everything. Gives the result.
    pub fn call(&self, tool: &str, arguments: Value) -> Value {
        let answer = self.send(tool, arguments).json();
        assert!(answer["result"].is_object(), "{tool}: {answer}");
        answer["result"].clone()
    }

    fn send(&self, tool: &str, arguments: Value) -> Response {
        self.send_as("writer", tool, arguments)
    }

    pub fn send_as(&self, user: &str, tool: &str, arguments: Value) -> Response {
        Request::post(&self.server, user, call(1, tool, arguments)).send(&self.server)
    }

    /// The text of a call that is served.
    pub fn served(&self, tool: &str, arguments: Value) -> String {
        let result = self.call(tool, arguments);
        assert_ne!(result["isError"], true, "{tool}: {result}");
        result["content"][0]["text"].as_str().unwrap().to_owned()
    }

    /// The text from outside that a call gives, marked as such.
    pub fn shown(&self, tool: &str, arguments: Value) -> String {
        let result = self.call(tool, arguments);
        assert_ne!(result["isError"], true, "{tool}: {result}");
        let content = &result["structuredContent"];
        let source = if tool == "read_file" { "a file" } else { "the output of a program" };
        assert_eq!(content["source"], source, "{tool}: {result}");
        content["untrusted"].as_str().unwrap().to_owned()
    }

    /// A call that is refused as input, by a rule that says so in these words.
    pub fn refused_as_input(&self, tool: &str, arguments: Value, rule: &str) {
        let shown = arguments.to_string();
        let result = self.call(tool, arguments);
        let code = &result["_meta"]["secure-tool/refusal"]["code"];
        assert!(result["isError"] == true && code == "invalid_input", "{tool} {shown}: {result}");
        let told = result["content"][0]["text"].as_str().unwrap();
        assert!(told.contains(rule), "{tool} {shown} is not refused for “{rule}”: {told}");
    }

    /// The text of a call that is refused, and tells nothing of the secret.
    pub fn refused(&self, tool: &str, arguments: Value) -> String {
        let shown: String = arguments.to_string().chars().take(200).collect();
        let response = self.send(tool, arguments);
        // Larger than any tool takes: refused before it is read.
        if response.status == 413 {
            return response.body;
        }
        let told = response.json();
        let result = &told["result"];
        assert_eq!(result["isError"], true, "{tool} {shown}: {told}");
        assert!(!told.to_string().contains(SECRET), "{tool} {shown}: {told}");
        result["content"][0]["text"].as_str().unwrap().to_owned()
    }

    /// All that is there, with its content.
    pub fn everything(&self) -> BTreeMap<PathBuf, Option<Vec<u8>>> {
        let mut found = BTreeMap::new();
        collect(self.around(), &mut found);
        found
    }

    /// Does something, after which everything is as it was.
    pub fn unchanged(&self, attack: impl FnOnce()) {
        self.unchanged_but(attack, |_| false);
    }

    /// Does something, after which everything around the served directory is as it was.
    pub fn unchanged_around(&self, attack: impl FnOnce()) {
        let safe = self.at("safe");
        self.unchanged_but(attack, |path| path.starts_with(&safe));
    }

    fn unchanged_but(&self, attack: impl FnOnce(), is_left_out: impl Fn(&Path) -> bool) {
        let everything = || {
            let mut all = self.everything();
            all.retain(|path, _| !is_left_out(path));
            all
        };
        let before = everything();
        attack();
        let after = everything();
        let names = |all: &BTreeMap<PathBuf, _>| all.keys().cloned().collect::<Vec<_>>();
        assert_eq!(names(&before), names(&after));
        assert!(before == after, "a file was changed");
    }
}

/// Orders of two people, and the canary among those of the other one.
fn orders(path: &Path) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let options = SqliteConnectOptions::new().filename(path).create_if_missing(true);
        let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
        let script = "CREATE TABLE orders (owner TEXT, day TEXT, article TEXT, cents INTEGER);
             INSERT INTO orders VALUES ('writer', '2026-11-01', 'tea', 450),
                 ('writer', '2026-11-02', '100% cotton', 2000), ('writer', '2026-11-02', 'tea', 50),
                 ('somebody', '2026-11-01', 'CANARY-7f3a9c', 1)";
        sqlx::raw_sql(script).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    });
}

fn collect(directory: &Path, found: &mut BTreeMap<PathBuf, Option<Vec<u8>>>) {
    for entry in fs::read_dir(directory).unwrap() {
        let entry = entry.unwrap();
        let kind = entry.file_type().unwrap();
        let content = kind.is_file().then(|| fs::read(entry.path()).unwrap());
        found.insert(entry.path(), content);
        if kind.is_dir() {
            collect(&entry.path(), found);
        }
    }
}

/// Processes, zombies left out, one of whose arguments is this text.
pub fn running(text: &str) -> usize {
    let processes = fs::read_dir("/proc").unwrap().map(|entry| entry.unwrap().path());
    let lines = processes.filter_map(|process| fs::read_to_string(process.join("cmdline")).ok());
    lines.filter(|line| line.split('\0').any(|word| word == text)).count()
}

/// What a shell would run, as an argument: each leaves a file of that name.
pub fn injections(trap: &Path) -> Vec<String> {
    let trap = trap.display();
    vec![
        format!("$(touch {trap})"),
        format!("`touch {trap}`"),
        format!("; touch {trap}"),
        format!("x; touch {trap}"),
        format!("x && touch {trap}"),
        format!("x || touch {trap}"),
        format!("x | touch {trap}"),
        format!("x\ntouch {trap}"),
        format!("x > {trap}"),
        format!("'; touch {trap}; '"),
        format!("\"; touch {trap}; \""),
        format!("${{IFS}}touch${{IFS}}{trap}"),
        format!("|touch {trap}"),
        format!("x\u{0}touch {trap}"),
    ]
}
