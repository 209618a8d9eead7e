//! What is no program to be run, found when the server starts.

use std::os::unix::fs::{PermissionsExt, symlink};

use super::*;

/// Why a program cannot be opened.
fn refusal(program: Program) -> String {
    program.open().unwrap_err().to_string()
}

/// A path for as long as the test process lives.
fn path(directory: &Path, name: &str) -> &'static [&'static str] {
    let path = directory.join(name).into_os_string().into_string().unwrap();
    Box::leak(Box::new([&*path.leak()]))
}

#[test]
fn says_what_to_do_about_what_is_missing() {
    let told = refusal(Program::at(&["/usr/bin/nothing-of-that-name", "/bin/nothing-either"]));
    assert!(
        told.contains("no program at `/usr/bin/nothing-of-that-name` or `/bin/nothing-either`")
    );
    assert!(told.contains("help: install it"), "{told}");
    assert!(refusal(Program::at(&["bin/echo"])).contains("no program at"));
    assert!(
        refusal(Program::at(&["/bin/echo"]).reads(&["/nothing/there"])).contains("cannot be found")
    );
    assert!(refusal(Program::at(&["/bin/echo"]).executes(&["usr/bin"])).contains("absolute"));
    assert!(refusal(Program::at(&["/usr/bin"])).contains("not a program"));
    assert!(refusal(Program::at(&["/etc/passwd"])).contains("not a program"));
}

#[test]
fn refuses_what_takes_text_for_a_program() {
    for paths in [
        &["/bin/sh"],
        &["/usr/bin/env"],
        &["/usr/bin/perl"],
        &["/bin/bash"],
        &["/usr/bin/xargs"],
        &["/usr/bin/timeout"],
        &["/usr/bin/setsid"],
        &["/bin/sed"],
        &["/bin/tar"],
        &["/lib64/ld-linux-x86-64.so.2"],
    ] {
        if Path::new(paths[0]).exists() {
            assert!(refusal(Program::at(paths)).contains("Program::interpreter"), "{paths:?}");
        }
    }
    // Under another name, too.
    let directory = tempfile::tempdir().unwrap();
    symlink("/bin/sh", directory.path().join("harmless")).unwrap();
    assert!(
        refusal(Program::at(path(directory.path(), "harmless"))).contains("Program::interpreter")
    );
}

#[test]
fn refuses_what_others_could_change() {
    // Beneath a directory that only we may write to, as `/tmp` is for all.
    let directory = tempfile::tempdir().unwrap();
    let copy = directory.path().join("echo");
    fs::copy("/bin/echo", &copy).unwrap();
    let program = Program::at(path(directory.path(), "echo"));
    let mode =
        |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    mode(&copy, 0o755);
    program.open().unwrap();
    for (open, file, around) in
        [(false, 0o775, 0o755), (false, 0o757, 0o755), (false, 0o755, 0o777), (true, 0o755, 0o1777)]
    {
        mode(&copy, file);
        mode(directory.path(), around);
        let told = program.open().map_err(|error| error.to_string());
        assert_eq!(told.is_ok(), open, "{file:o} in {around:o}: {told:?}");
        assert!(open || told.unwrap_err().contains("others could change"), "{file:o}");
    }
    mode(directory.path(), 0o755);
    mode(&copy, 0o644);
    assert!(refusal(program).contains("not a program"));
}

#[test]
fn refuses_links_that_others_could_change() {
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| directory.path().join(name);
    let mode =
        |name: &str, mode| fs::set_permissions(at(name), fs::Permissions::from_mode(mode)).unwrap();
    for name in ["first", "second"] {
        fs::create_dir(at(name)).unwrap();
    }
    symlink("../second/./echo", at("first/echo")).unwrap();
    symlink("/bin/echo", at("second/echo")).unwrap();
    symlink("first", at("directory")).unwrap();
    for paths in [path(directory.path(), "first/echo"), path(directory.path(), "directory/echo")] {
        let program = Program::at(paths);
        program.open().unwrap();
        for name in ["first", "second"] {
            mode(name, 0o777);
            let told = program.open().unwrap_err().to_string();
            assert!(told.contains("others could change") && told.contains(name), "{told}");
            mode(name, 0o1777);
            program.open().unwrap();
            if rustix::process::geteuid().is_root() {
                std::os::unix::fs::chown(at(name), None, Some(1)).unwrap();
                mode(name, 0o775);
                assert!(program.open().unwrap_err().to_string().contains("others could change"));
            }
            mode(name, 0o755);
        }
    }
    // Around in a circle.
    symlink("circle", at("circle")).unwrap();
    refusal(Program::at(path(directory.path(), "circle")));
}

#[test]
fn refuses_what_execvp_would_give_to_a_shell() {
    let directory = tempfile::tempdir().unwrap();
    let mut other = fs::read("/bin/echo").unwrap();
    other[18] = 0xff;
    let cut = other[..40].to_vec();
    for content in [b"#!/bin/sh\ntouch x\n".to_vec(), b"touch x\n".to_vec(), Vec::new(), other, cut]
    {
        let file = directory.path().join("program");
        fs::write(&file, content).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
        assert!(
            refusal(Program::at(path(directory.path(), "program")))
                .contains("not a native program")
        );
    }
}
