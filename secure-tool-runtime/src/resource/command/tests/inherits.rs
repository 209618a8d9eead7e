//! What a program gets from the server: nothing that is not given to it.

use std::os::fd::AsRawFd;

use rustix::io::{FdFlags, fcntl_setfd};

use super::*;

#[tokio::test]
async fn the_environment_is_the_list() {
    assert!(std::env::vars_os().count() > 0, "there is something to inherit");
    let environment = Program::at(&["/usr/bin/env"])
        .interpreter("shows the environment")
        .environment(&[("LANG", "C.UTF-8")]);
    let shown = environment.open().unwrap().command().run().await.unwrap().text();
    assert_eq!(shown, "LANG=C.UTF-8\n");
    let empty = Program::at(&["/usr/bin/env"]).interpreter("shows the environment");
    assert_eq!(empty.open().unwrap().command().run().await.unwrap().text(), "");
}

#[tokio::test]
async fn descriptors_that_others_left_open_are_closed() {
    let canary = fs::File::open("/dev/null").unwrap();
    fcntl_setfd(&canary, FdFlags::empty()).unwrap();
    let number = canary.as_raw_fd();
    // The control: any other child has it.
    let has = |names: &str| names.split_whitespace().any(|name| name == number.to_string());
    let control = std::process::Command::new("ls").arg("/proc/self/fd").output().unwrap();
    assert!(has(&String::from_utf8(control.stdout).unwrap()));

    let list = Program::at(&["/bin/ls"]).reads(&["/proc"]).open().unwrap();
    let shown = list.command().literal("/proc/self/fd").run().await.unwrap().text();
    assert!(!has(&shown), "{shown}");
    // Standard input, output, error, and the directory that `ls` reads.
    assert_eq!(shown.split_whitespace().collect::<Vec<_>>(), ["0", "1", "2", "3"]);
    // It stays as it was for everybody else.
    let flags = rustix::io::fcntl_getfd(&canary).unwrap();
    assert_eq!(flags, FdFlags::empty());
}

#[tokio::test]
async fn standard_input_is_empty_or_what_is_given() {
    let cat = Program::at(&["/bin/cat"]).open().unwrap();
    assert_eq!(cat.command().run().await.unwrap().stdout, b"");
    // More than a pipe holds.
    let bytes: Vec<u8> = (0..300_000u32).map(|number| number.to_le_bytes()[0]).collect();
    let finished = cat.command().input(bytes.clone()).run().await.unwrap();
    assert_eq!(finished.stdout, bytes);
    // Nobody reads it.
    let truth = Program::at(&["/bin/true"]).open().unwrap();
    assert_eq!(truth.command().input(bytes).run().await.unwrap().exit, Exit::Code(0));
}

#[tokio::test]
async fn the_directory_is_the_one_that_was_opened() {
    let place = Place::new();
    let root = place.root();
    let print = Program::at(&["/bin/cat"]).open().unwrap();
    let read = || print.command().within(&root).literal("inside").run();
    assert_eq!(read().await.unwrap().text(), "ours");
    // Another one in its place changes nothing.
    fs::rename(place.at(""), place.around.path().join("moved")).unwrap();
    fs::create_dir(place.at("")).unwrap();
    fs::write(place.at("inside"), "theirs").unwrap();
    assert_eq!(read().await.unwrap().text(), "ours");
}

#[tokio::test]
async fn a_directory_beneath_a_root_does_not_lead_out_of_it() {
    let place = Place::new();
    let root = place.root();
    std::os::unix::fs::symlink(place.around.path(), place.at("out")).unwrap();
    fs::create_dir(place.at(".git")).unwrap();
    let list = Program::at(&["/bin/ls"]).open().unwrap();
    for path in ["out", "out/root", "absent", "inside", ".git"] {
        let path = path.try_into().unwrap();
        let refused = list.command().within_directory(&root, &path).run().await;
        assert!(matches!(refused, Err(CommandError::Directory(_))), "{path}: {refused:?}");
    }
}
