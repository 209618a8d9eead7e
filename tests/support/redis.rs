//! A Redis server of a test's own.

use std::path::Path;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use super::process::signal;
use super::wait_for;

/// True if a program is installed. Where it is not, the test is skipped and says so; in the gate,
/// which installs it, the test fails.
pub fn installed(program: &str) -> bool {
    let paths = std::env::var_os("PATH").unwrap_or_default();
    let there = std::env::split_paths(&paths).any(|path| path.join(program).is_file());
    if !there {
        let skipped =
            format!("skipped: {program} is not installed (Debian: apt-get install {program})");
        assert!(std::env::var_os("CI").is_none(), "{skipped}");
        eprintln!("{skipped}");
    }
    there
}

/// A server that listens on a socket in a directory of its own, and keeps nothing when it ends.
pub struct RedisServer {
    directory: TempDir,
    process: Option<Child>,
}

impl RedisServer {
    /// None where Redis is not installed.
    pub fn start() -> Option<Self> {
        installed("redis-server").then(|| {
            let directory = tempfile::tempdir().unwrap();
            let mut server = RedisServer { directory, process: None };
            server.restart();
            server
        })
    }

    pub fn url(&self) -> String {
        format!("redis+unix://{}", self.socket())
    }

    fn socket(&self) -> String {
        self.directory.path().join("redis.sock").to_str().unwrap().to_owned()
    }

    /// Starts it again, after it was killed, with nothing in it.
    pub fn restart(&mut self) {
        assert!(self.process.is_none(), "it runs already");
        let process = Command::new("redis-server")
            .args(["--port", "0", "--save", "", "--appendonly", "no", "--unixsocket"])
            .arg(self.socket())
            .arg("--dir")
            .arg(self.directory.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        self.process = Some(process.unwrap());
        let url = self.url();
        wait_for("redis", || {
            let client = redis::Client::open(url.as_str()).unwrap();
            redis::cmd("PING").query::<String>(&mut client.get_connection().ok()?).ok()
        });
    }

    /// Ends it at once, as a lack of power would.
    pub fn kill(&mut self) {
        let mut process = self.process.take().expect("it runs");
        process.kill().unwrap();
        process.wait().unwrap();
        // What is left of a socket is in the way of nobody.
        let _ = std::fs::remove_file(Path::new(&self.socket()));
    }

    /// Stops it in the middle of what it does: it takes connections and never answers.
    pub fn pause(&self) {
        signal(self.process.as_ref().unwrap().id(), "STOP");
    }

    pub fn go_on(&self) {
        signal(self.process.as_ref().unwrap().id(), "CONT");
    }

    pub fn connection(&self) -> redis::Connection {
        redis::Client::open(self.url()).unwrap().get_connection().unwrap()
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        if self.process.is_some() {
            self.kill();
        }
    }
}
