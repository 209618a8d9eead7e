//! oidc-provider in a process of its own.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use serde::Deserialize;
use serde_json::{Value, json};

use crate::browser::{get, post};

/// A real authorization server. It ends with the test, even if that is killed: its standard input does.
pub struct Issuer {
    process: Child,
    /// Not to be closed: it would die of its next word.
    _output: BufReader<ChildStdout>,
    pub said: Said,
}

/// What it says when it listens.
#[derive(Deserialize)]
pub struct Said {
    pub issuer: String,
    pub redirect: String,
}

impl Issuer {
    /// `None` if it is not installed. With `CI` set that is an error.
    pub fn start() -> Option<Self> {
        let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oidc");
        let node = directory.join("node_modules/.bin/node");
        if !node.exists() || !directory.join("node_modules/oidc-provider").exists() {
            let missing = "oidc-provider is not installed: `npm install --prefix tests/oidc`";
            assert!(std::env::var_os("CI").is_none(), "{missing}");
            eprintln!("SKIPPED: {missing}");
            return None;
        }
        let mut process = Command::new(node)
            .arg("server.mjs")
            .current_dir(directory)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut output = BufReader::new(process.stdout.take().unwrap());
        output.read_line(&mut line).unwrap();
        let said = serde_json::from_str(&line).unwrap_or_else(|_| panic!("it says {line:?}"));
        Some(Issuer { process, _output: output, said })
    }

    /// Makes it sign with the first of these keys that fits, and publish them all.
    pub async fn has_keys(&self, keys: &[&str]) {
        let url = format!("{}/test/keys", self.said.issuer);
        assert_eq!(post(&url, json!({ "keys": keys }).to_string()).await.0, 204);
    }

    pub async fn published(&self) -> Vec<String> {
        let keys: Value =
            serde_json::from_str(&get(&format!("{}/jwks", self.said.issuer)).await).unwrap();
        let names = keys["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap());
        names.map(ToOwned::to_owned).collect()
    }

    /// A token of a program, for this resource.
    pub async fn token(&self, resource: &str) -> String {
        let form = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("grant_type", "client_credentials")
            .append_pair("client_id", "job")
            .append_pair("client_secret", "secret-of-the-job")
            .append_pair("scope", "notes:read")
            .append_pair("resource", resource)
            .finish();
        let (status, answer) = post(&format!("{}/token", self.said.issuer), form).await;
        assert_eq!(status, 200, "{answer}");
        let answer: Value = serde_json::from_str(&answer).unwrap();
        answer["access_token"].as_str().unwrap().to_owned()
    }
}

impl Drop for Issuer {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
