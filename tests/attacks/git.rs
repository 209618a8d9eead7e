//! Into the arguments of Git, and out of repositories that somebody else filled.

use std::fs;
use std::io::Write;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::world::{SECRET, World, injections};

/// Git without any configuration of this machine.
fn git(directory: &Path, arguments: &[&str]) -> Command {
    let mut git = Command::new("git");
    git.current_dir(directory).args(["-c", "user.name=a", "-c", "user.email=a@example.com"]);
    git.args(arguments).env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_CONFIG_GLOBAL", "/dev/null");
    git.env("GIT_SSH_VARIANT", "simple").stdin(Stdio::null());
    git
}

/// Runs Git and gives what it says.
fn done(directory: &Path, arguments: &[&str]) -> String {
    let output = git(directory, arguments).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "git {arguments:?}: {said}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// Writes an object and gives its name.
fn object(directory: &Path, arguments: &[&str], content: &str) -> String {
    let mut git = git(directory, arguments);
    let mut child = git.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(content.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "git {arguments:?}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// A repository of two commits. The second has a message that steers terminals.
pub fn repository(directory: &Path) {
    fs::create_dir_all(directory).unwrap();
    done(directory, &["init", "--quiet", "--initial-branch=main"]);
    for (content, message) in [("one", "first"), ("two", "second \u{1b}[31mred\u{202e}")] {
        fs::write(directory.join("story.txt"), content).unwrap();
        done(directory, &["add", "."]);
        done(directory, &["commit", "--quiet", "--message", message]);
    }
}

/// Makes of a repository one that runs programs wherever it can. Each leaves a file `ran-NAME` around.
fn arm(around: &Path, repository: &Path) {
    let trap = repository.join("trap.sh");
    let script =
        format!("#!/bin/sh\ntouch \"{}/ran-$1\"\ncat \"$2\" 2>/dev/null\n", around.display());
    fs::write(&trap, script).unwrap();
    fs::set_permissions(&trap, fs::Permissions::from_mode(0o755)).unwrap();
    let trap = trap.display();
    let settings = [
        ("core.fsmonitor", format!("{trap} fsmonitor")),
        ("core.pager", format!("{trap} pager")),
        ("core.sshCommand", format!("{trap} ssh")),
        ("core.hooksPath", repository.display().to_string()),
        ("diff.external", format!("{trap} external")),
        ("diff.evil.textconv", format!("{trap} textconv")),
        ("filter.evil.clean", format!("{trap} clean")),
        ("filter.evil.smudge", format!("{trap} smudge")),
        ("alias.log", format!("!{trap} alias")),
        ("log.showSignature", "true".to_owned()),
        ("credential.helper", format!("!{trap} credential")),
        ("remote.origin.url", "ssh://example.invalid/x".to_owned()),
        ("remote.origin.promisor", "true".to_owned()),
        ("remote.origin.partialclonefilter", "blob:none".to_owned()),
        ("protocol.allow", "always".to_owned()),
        ("protocol.ssh.allow", "always".to_owned()),
        ("safe.directory", "*".to_owned()),
    ];
    let (signed, lacking) = unusual(repository);
    done(repository, &["tag", "signed", &signed]);
    done(repository, &["tag", "lacking", &lacking]);
    fs::write(repository.join(".git/info/attributes"), "*.txt diff=evil filter=evil\n").unwrap();
    for (name, value) in &settings {
        done(repository, &["config", name, value]);
    }
    // It takes no arguments of ours.
    let gpg = repository.join("gpg.sh");
    fs::write(&gpg, format!("#!/bin/sh\ntouch \"{}/ran-gpg\"\n", around.display())).unwrap();
    fs::set_permissions(&gpg, fs::Permissions::from_mode(0o755)).unwrap();
    done(repository, &["config", "gpg.program", gpg.to_str().unwrap()]);
}

/// A commit that says it is signed, and one with a file that is elsewhere.
fn unusual(repository: &Path) -> (String, String) {
    let tree = done(repository, &["rev-parse", "HEAD^{tree}"]);
    let parent = done(repository, &["rev-parse", "HEAD"]);
    let who = "a <a@example.com> 1700000000 +0000";
    let signature = "gpgsig -----BEGIN PGP SIGNATURE-----\n \n x\n -----END PGP SIGNATURE-----";
    let signed = format!(
        "tree {tree}\nparent {parent}\nauthor {who}\ncommitter {who}\n{signature}\n\nsigned\n"
    );
    let signed = object(repository, &["hash-object", "-t", "commit", "-w", "--stdin"], &signed);
    let entry = "100644 blob aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\tstory.txt\n";
    let tree = object(repository, &["mktree", "--missing"], entry);
    let lacking =
        format!("tree {tree}\nparent {parent}\nauthor {who}\ncommitter {who}\n\nlacking\n");
    (signed, object(repository, &["hash-object", "-t", "commit", "-w", "--stdin"], &lacking))
}

/// What was run.
fn ran(around: &Path) -> Vec<String> {
    let names = fs::read_dir(around).unwrap().map(|entry| entry.unwrap().file_name());
    let mut ran: Vec<_> =
        names.filter_map(|name| Some(name.to_str()?.strip_prefix("ran-")?.to_owned())).collect();
    ran.sort();
    ran
}

pub fn world() -> World {
    World::with(|around| repository(&around.join("safe/repo")))
}

#[test]
fn what_is_asked_for_is_shown_and_cleaned() {
    let world = world();
    let log = world.shown("git_log", json!({ "repository": "repo" }));
    assert!(log.contains("first") && log.contains("second red"), "{log}");
    assert!(!log.contains(['\u{1b}', '\u{202e}']), "{log:?}");
    let one =
        world.shown("git_log", json!({ "repository": "repo", "revision": "main~1", "limit": 1 }));
    assert!(one.contains("first") && !one.contains("second"), "{one}");
    let none = world.shown("git_log", json!({ "repository": "repo", "path": "absent.txt" }));
    assert_eq!(none, "");
    let diff = world.shown("git_diff", json!({ "repository": "repo", "from": "HEAD~1" }));
    assert!(diff.contains("-one") && diff.contains("+two"), "{diff}");
    let back = json!({ "repository": "repo", "from": "HEAD", "to": "HEAD~1", "path": "story.txt" });
    assert!(world.shown("git_diff", back).contains("+one"));
    assert!(
        world
            .shown("git_show", json!({ "repository": "repo", "revision": "HEAD" }))
            .contains("+two")
    );
    let old = json!({ "repository": "repo", "revision": "HEAD~1:story.txt" });
    assert_eq!(world.shown("git_show", old), "one");
}

#[test]
fn no_revision_becomes_an_option_or_a_command() {
    let world = world();
    let trap = world.at("trap");
    let shown = trap.display();
    let mut revisions = vec![
        format!("--output={shown}"),
        format!("-o{shown}"),
        format!("--upload-pack=touch {shown}"),
        format!("--exec=touch {shown}"),
        "--ext-diff".to_owned(),
        "--textconv".to_owned(),
        "--no-index".to_owned(),
        "-c".to_owned(),
        "-".to_owned(),
        "--".to_owned(),
        "--end-of-options".to_owned(),
        format!("HEAD --output={shown}"),
        format!("HEAD\t--output={shown}"),
        "HEAD:../../secret.txt".to_owned(),
        format!("{}/secret.txt", world.around().display()),
        "a".repeat(1 << 20),
    ];
    revisions.extend(injections(&trap));
    world.unchanged(|| {
        for revision in &revisions {
            world.refused("git_log", json!({ "repository": "repo", "revision": revision }));
            world.refused("git_show", json!({ "repository": "repo", "revision": revision }));
            world.refused("git_diff", json!({ "repository": "repo", "from": revision }));
        }
    });
    world.unchanged(|| {
        for revision in &revisions {
            world.refused(
                "git_diff",
                json!({ "repository": "repo", "from": "HEAD", "to": revision }),
            );
        }
    });
    let left = world.server.stop();
    assert!(
        !left.stderr.contains("--output") && !left.audit.contains("--output"),
        "{}",
        left.stderr
    );
    let ran = left.records().into_iter().find(|record| record.get("programs").is_some()).unwrap();
    assert!(ran["programs"].as_str().unwrap().starts_with("git: landlock "), "{ran}");
}

#[test]
fn no_path_becomes_an_option_or_a_command() {
    let world = world();
    let trap = world.at("trap");
    world.unchanged(|| {
        for path in [
            "--output=stolen.txt",
            "--output=folder/stolen.txt",
            "-ostolen.txt",
            "--ext-diff",
            "--textconv",
            "--no-index",
            "--exec=touch trap",
            "-p",
            "--",
        ] {
            for (tool, arguments) in paths(path) {
                // It is the name of a file, as far as the file system is concerned.
                let told = world.refused(tool, arguments);
                let expected = "An argument is not acceptable. Change it and call again.";
                assert_eq!(told, expected, "{tool} {path}");
            }
        }
        for path in ["../secret.txt", ":(top)story.txt", ":!x", "/etc/passwd", "x\0y", ""] {
            for (tool, arguments) in paths(path) {
                world.refused(tool, arguments);
            }
        }
        // Names that nobody has.
        for path in injections(&trap) {
            for (tool, arguments) in paths(&path) {
                world.call(tool, arguments);
            }
        }
    });
    assert!(!trap.exists());
}

fn paths(path: &str) -> [(&'static str, Value); 2] {
    [
        ("git_log", json!({ "repository": "repo", "path": path })),
        ("git_diff", json!({ "repository": "repo", "from": "HEAD~1", "path": path })),
    ]
}

#[test]
fn no_repository_is_outside() {
    let world = World::with(|around| {
        repository(&around.join("outside"));
        fs::write(around.join("outside/story.txt"), SECRET).unwrap();
        done(&around.join("outside"), &["commit", "--quiet", "--all", "--message", SECRET]);
        let safe = |name: &str| around.join("safe").join(name);
        // By its `.git`, as a file, as a link, and by the objects that it borrows.
        let outside = around.join("outside/.git");
        fs::create_dir(safe("pointer")).unwrap();
        fs::write(safe("pointer/.git"), format!("gitdir: {}\n", outside.display())).unwrap();
        fs::create_dir(safe("linked")).unwrap();
        symlink(&outside, safe("linked/.git")).unwrap();
        repository(&safe("borrows"));
        fs::write(
            safe("borrows/.git/objects/info/alternates"),
            format!("{}/objects\n", outside.display()),
        )
        .unwrap();
        let secret = done(&around.join("outside"), &["rev-parse", "HEAD"]);
        fs::write(safe("borrows/.git/refs/heads/secret"), format!("{secret}\n")).unwrap();
        // The directory itself is no repository, but one is above it.
        done(around, &["init", "--quiet"]);
    });
    // The controls: Git itself gets there.
    for name in ["pointer", "linked"] {
        assert!(done(&world.at("safe").join(name), &["log"]).contains(SECRET), "{name}");
    }
    assert!(done(&world.at("safe/borrows"), &["log", "secret"]).contains(SECRET));
    world.unchanged(|| {
        for repository in [
            "pointer",
            "linked",
            "folder",
            "folder_link",
            "../outside",
            "..",
            "borrows/.git",
            "/",
            "pointer/.git",
            "--git-dir=../outside/.git",
            "notes.txt",
            "absent",
        ] {
            world.refused("git_log", json!({ "repository": repository }));
            world.refused("git_show", json!({ "repository": repository, "revision": "HEAD" }));
        }
        world.refused("git_log", json!({ "repository": "borrows", "revision": "secret" }));
        world.refused("git_show", json!({ "repository": "borrows", "revision": "secret" }));
    });
}

#[test]
fn a_hostile_repository_runs_nothing() {
    let armed = |around: &Path| {
        repository(&around.join("safe/repo"));
        arm(around, &around.join("safe/repo"));
        // So that the index and the file differ.
        fs::write(around.join("safe/repo/story.txt"), "three").unwrap();
    };
    // The control: Git runs what such a repository names.
    let control = tempfile::tempdir().unwrap();
    armed(control.path());
    let repo = control.path().join("safe/repo");
    for arguments in [
        &["log", "--patch", "signed"][..],
        &["-c", "diff.external=", "log", "--patch", "signed"],
        &["-c", "diff.external=", "show", "lacking"],
        &["diff"],
        &["-c", "diff.external=", "diff"],
        &["status"],
    ] {
        // It may fail: what matters is what it ran.
        git(&repo, arguments).output().unwrap();
    }
    let controlled = ran(control.path());
    for trap in ["clean", "external", "fsmonitor", "gpg", "ssh", "textconv"] {
        assert!(controlled.iter().any(|name| name == trap), "{trap} is no trap: {controlled:?}");
    }

    let world = World::with(armed);
    world.unchanged(|| {
        for revision in ["HEAD", "signed", "lacking", "HEAD~1"] {
            world.call("git_log", json!({ "repository": "repo", "revision": revision }));
            world.call("git_show", json!({ "repository": "repo", "revision": revision }));
            world.call("git_diff", json!({ "repository": "repo", "from": revision }));
            world.call(
                "git_diff",
                json!({ "repository": "repo", "from": "HEAD~1", "to": revision }),
            );
        }
    });
    assert_eq!(ran(world.around()), [""; 0]);
    // They were served, as far as there is something to show.
    let log = world.shown("git_log", json!({ "repository": "repo", "revision": "signed" }));
    assert!(log.contains("signed") && log.contains("first"), "{log}");
    let shown = world.shown("git_show", json!({ "repository": "repo", "revision": "main" }));
    assert!(shown.contains("-one") && shown.contains("+two"), "{shown}");
}
