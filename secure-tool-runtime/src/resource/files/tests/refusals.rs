use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::time::Duration;

use rustix::fs::{CWD, FileType, Mode, mknodat};

use super::*;

/// Makes everything that must not be used, and says why each is not.
fn forbidden(place: &Place) -> Vec<(&'static str, &'static str)> {
    fs::write(place.at("linked"), "canary").unwrap();
    fs::hard_link(place.at("linked"), place.outside("elsewhere")).unwrap();
    fs::create_dir(place.at("directory")).unwrap();
    fs::write(place.at("file"), "fine").unwrap();
    fs::write(place.at(".env"), "canary").unwrap();
    symlink(place.outside("secret"), place.at("absolute")).unwrap();
    symlink("../secret", place.at("relative")).unwrap();
    symlink("..", place.at("up")).unwrap();
    symlink("/proc/self/root/etc/hostname", place.at("magic")).unwrap();
    symlink("circle", place.at("circle")).unwrap();
    symlink("nowhere", place.at("dangling")).unwrap();
    mknodat(CWD, place.at("fifo"), FileType::Fifo, Mode::RWXU, 0).unwrap();
    drop(UnixListener::bind(place.at("socket")).unwrap());
    vec![
        ("nothing", "absent"),
        ("nothing/at/all", "absent"),
        ("dangling", "absent"),
        ("file/below", "a directory for a file, or the reverse"),
        ("directory", "not a regular file"),
        ("absolute", "leaves the root"),
        ("relative", "leaves the root"),
        ("up/secret", "leaves the root"),
        ("up/root/file", "leaves the root"),
        ("magic", "leaves the root"),
        ("circle", "too many symbolic links"),
        ("linked", "more than one hard link"),
        ("fifo", "not a regular file"),
        ("socket", "a socket or device"),
        (".env", "hidden name"),
    ]
}

#[tokio::test]
async fn reading_what_is_forbidden_looks_like_reading_nothing() {
    let place = Place::new();
    let cases = forbidden(&place);
    let root = place.root();
    for (name, why) in cases {
        let path = path(name);
        let read = tokio::time::timeout(Duration::from_secs(5), root.read(&path));
        let read = read.await.expect("nothing is waited for");
        assert_eq!(cause(read), why, "{name}");
        assert_eq!(told(root.read(&path).await), UNAVAILABLE, "{name}");
        assert_eq!(told(root.read_range(&path, 0, 1).await), UNAVAILABLE, "{name}");
    }
}

#[tokio::test]
async fn devices_are_no_files() {
    let root = Root::read_only("/dev").unwrap();
    for device in ["null", "zero", "urandom"] {
        let path = path(device);
        let read = tokio::time::timeout(Duration::from_secs(5), root.read(&path));
        let read = read.await.expect("nothing is waited for");
        assert_eq!(cause(read), "not a regular file", "{device}");
    }
    let listed = root.list(None, None).await.unwrap();
    assert!(listed.entries.iter().all(|entry| entry.name != "null"), "{listed:?}");
}

#[tokio::test]
async fn writing_over_what_is_forbidden_changes_nothing() {
    let place = Place::new();
    let cases = forbidden(&place);
    let root = place.root();
    let before = (place.names(), root.shared.account.usage());
    for (name, _) in cases {
        if name == "nothing" {
            continue;
        }
        let path = path(name);
        assert_eq!(told(root.write(&path, "evil").await), UNAVAILABLE, "{name}");
        assert!(root.create(&path, "evil").await.is_err(), "{name}");
        assert_eq!(told(root.remove(&path).await), UNAVAILABLE, "{name}");
    }
    assert_eq!((place.names(), root.shared.account.usage()), before);
    assert_eq!(fs::read(place.outside("secret")).unwrap(), b"canary");
    assert_eq!(fs::read(place.outside("elsewhere")).unwrap(), b"canary");
    assert_eq!(fs::read(place.at("file")).unwrap(), b"fine");
    assert_eq!(names(place.around.path()), ["elsewhere", "root", "secret"]);
}

#[tokio::test]
async fn links_beneath_the_root_are_followed() {
    let place = Place::new();
    fs::create_dir(place.at("directory")).unwrap();
    fs::write(place.at("directory/file"), "fine").unwrap();
    symlink("directory", place.at("link")).unwrap();
    symlink("../directory/file", place.at("directory/other")).unwrap();
    let root = place.root();
    assert_eq!(root.read(&path("link/file")).await.unwrap(), b"fine");
    assert_eq!(root.read(&path("link/other")).await.unwrap(), b"fine");
}

#[tokio::test]
async fn hidden_names_are_a_choice() {
    let place = Place::new();
    fs::write(place.at(".env"), "mine").unwrap();
    let root = place.root();
    assert_eq!(told(root.write(&path(".git/config"), "").await), UNAVAILABLE);
    assert_eq!(told(root.create_directory(&path(".git")).await), UNAVAILABLE);
    assert!(root.list(None, None).await.unwrap().entries.is_empty());
    let root = root.hidden_names();
    assert_eq!(root.read(&path(".env")).await.unwrap(), b"mine");
    assert_eq!(root.list(None, None).await.unwrap().entries.len(), 1);
}

#[tokio::test]
async fn no_permission_looks_like_nothing_too() {
    if rustix::process::geteuid().is_root() {
        return; // who may everything is refused nothing
    }
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new();
    fs::write(place.at("locked"), "canary").unwrap();
    fs::set_permissions(place.at("locked"), fs::Permissions::from_mode(0o0)).unwrap();
    assert_eq!(told(place.root().read(&path("locked")).await), UNAVAILABLE);
}

#[tokio::test]
async fn reads_are_whole_or_refused() {
    let place = Place::new();
    fs::write(place.at("ten"), "0123456789").unwrap();
    fs::write(place.at("latin"), b"caf\xe9").unwrap();
    let root = place.root();
    assert_eq!(root.clone().max_read(10).read(&path("ten")).await.unwrap(), b"0123456789");
    let small = root.clone().max_read(9);
    assert!(matches!(small.read(&path("ten")).await, Err(FileError::TooMuch)));
    assert!(matches!(small.read_range(&path("ten"), 0, 10).await, Err(FileError::TooMuch)));
    for (offset, length, expected) in [
        (0, 9, "012345678"),
        (8, 9, "89"),
        (10, 9, ""),
        (u64::MAX, 9, ""),
        (3, 0, ""),
        (3, 2, "34"),
    ] {
        let read = small.read_range(&path("ten"), offset, length).await.unwrap();
        assert_eq!(read, expected.as_bytes(), "{offset} {length}");
    }
    assert_eq!(root.read_text(&path("ten")).await.unwrap(), "0123456789");
    assert!(matches!(root.read_text(&path("latin")).await, Err(FileError::NotText)));
    let untrusted = root.read_untrusted(&path("ten")).await.unwrap();
    assert_eq!(
        (untrusted.source(), untrusted.trust_unchecked().as_str()),
        ("a file", "0123456789")
    );
    assert!(matches!(root.read_untrusted(&path("latin")).await, Err(FileError::NotText)));
}

/// What is no file on a disk has no size before it is read.
#[tokio::test]
async fn files_that_grow_are_bounded_all_the_same() {
    let root = Root::read_only("/proc/self").unwrap().max_read(16);
    assert!(matches!(root.read(&path("status")).await, Err(FileError::TooMuch)));
}

#[test]
fn errors_tell_neither_paths_nor_numbers() {
    let error = std::io::Error::other("/srv/secret/path");
    let error = FileError::from(error);
    assert_eq!(error.public(), None);
    assert_eq!(error.to_string(), "file system: other error, error None");
}
