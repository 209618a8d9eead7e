//! The ready file: how a script learns the address and the tokens of a server that it started.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use secrecy::ExposeSecret;
use serde_json::{Map, Value, json};

use super::http::HttpServer;

/// Writes `{"url": …, "tokens": {user: token}}`, readable by the owner only. The file appears
/// complete or not at all.
pub(super) fn write(path: &Path, server: &HttpServer) -> io::Result<()> {
    let token = |(name, token): (&str, &secrecy::SecretString)| {
        (name.to_owned(), Value::from(token.expose_secret()))
    };
    let tokens: Map<String, Value> = server.tokens().map(token).collect();
    let content = json!({ "url": server.url(), "tokens": tokens });

    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.part", std::process::id()));
    let part = path.with_file_name(name);
    let written = write_new(&part, content.to_string().as_bytes());
    let renamed = written.and_then(|()| fs::rename(&part, path));
    if renamed.is_err() {
        // The error says more than a failure to tidy up could.
        let _ = fs::remove_file(&part);
    }
    renamed
}

fn write_new(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    // A new file: one that somebody put there, with rights of his choice, is not written to.
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let mut file = options.open(path)?;
    file.write_all(content)?;
    file.sync_all()
}
