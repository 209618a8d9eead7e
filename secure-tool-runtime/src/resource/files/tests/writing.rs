use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::process::{Command, Stdio};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::super::path::TEMPORARY;
use super::super::quota::{Account, Usage};
use super::super::write::Temporary;
use super::*;

/// What is there, counted anew.
fn counted(place: &Place) -> Usage {
    let directory =
        cap_std::fs::Dir::open_ambient_dir(place.at(""), cap_std::ambient_authority()).unwrap();
    Account::of(&directory).unwrap().usage()
}

#[tokio::test]
async fn files_come_and_go() {
    let place = Place::new();
    let root = place.root();
    root.create_directory(&path("a")).await.unwrap();
    root.create(&path("a/new"), "one").await.unwrap();
    root.write(&path("a/new"), "two and more").await.unwrap();
    root.write(&path("b"), "x").await.unwrap();
    assert_eq!(root.read(&path("a/new")).await.unwrap(), b"two and more");
    assert_eq!(root.shared.account.usage(), Usage { bytes: 13, files: 3 });
    assert_eq!(told(root.remove_directory(&path("a")).await), UNAVAILABLE);
    assert_eq!(told(root.remove(&path("a")).await), UNAVAILABLE);
    assert_eq!(told(root.remove_directory(&path("b")).await), UNAVAILABLE);
    root.remove(&path("a/new")).await.unwrap();
    root.remove_directory(&path("a")).await.unwrap();
    assert_eq!(told(root.remove(&path("a/new")).await), UNAVAILABLE);
    assert_eq!(root.shared.account.usage(), Usage { bytes: 1, files: 1 });
    assert_eq!(place.names(), ["b"]);
}

#[tokio::test]
async fn a_large_write_does_not_hold_the_thread_of_the_runtime() {
    // One thread: were it blocked, the write would be done before anything else ran.
    let place = Place::new();
    let root = place.root().max_file(64 << 20).max_total(256 << 20);
    let large = vec![b'x'; 64 << 20];
    let write = tokio::spawn({
        let root = root.clone();
        async move { root.write(&path("large"), large).await }
    });
    let mut meanwhile = 0;
    while !write.is_finished() {
        tokio::task::yield_now().await;
        meanwhile += 1;
    }
    write.await.unwrap().unwrap();
    assert!(meanwhile > 10, "{meanwhile}");
    assert_eq!(root.read_range(&path("large"), (64 << 20) - 1, 9).await.unwrap(), b"x");
}

#[tokio::test]
async fn creating_never_replaces() {
    let place = Place::new();
    let root = Root::create_only(place.at("")).unwrap();
    root.create(&path("file"), "first").await.unwrap();
    fs::create_dir(place.at("directory")).unwrap();
    std::os::unix::fs::symlink("../secret", place.at("link")).unwrap();
    std::os::unix::fs::symlink("nowhere", place.at("dangling")).unwrap();
    let before = root.shared.account.usage();
    for name in ["file", "directory", "link", "dangling"] {
        assert!(
            matches!(root.create(&path(name), "second").await, Err(FileError::Exists)),
            "{name}"
        );
    }
    assert_eq!(told(root.create(&path("nothing/file"), "").await), UNAVAILABLE);
    assert_eq!(fs::read(place.at("file")).unwrap(), b"first");
    assert_eq!(fs::read(place.outside("secret")).unwrap(), b"canary");
    assert_eq!(place.names(), ["dangling", "directory", "file", "link"]);
    assert_eq!(root.shared.account.usage(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_that_create_one_does() {
    let place = Place::new();
    let root = place.root();
    let calls: Vec<_> = (0..32)
        .map(|number| {
            let root = root.clone();
            tokio::spawn(async move { root.create(&path("file"), format!("{number}")).await })
        })
        .collect();
    let mut made = 0;
    for call in calls {
        made += usize::from(call.await.unwrap().is_ok());
    }
    assert_eq!(made, 1);
    assert_eq!(root.shared.account.usage(), counted(&place));
}

/// Other processes may serve the same directory.
#[test]
fn a_root_opens_while_others_write_in_it() {
    let place = Place::new();
    let base = place.at("");
    let stop = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let until = std::sync::Arc::clone(&stop);
    let other = std::thread::spawn(move || {
        while !until.load(std::sync::atomic::Ordering::Relaxed) {
            fs::create_dir(base.join("directory")).unwrap();
            fs::write(base.join("directory/file"), "x").unwrap();
            fs::remove_dir_all(base.join("directory")).unwrap();
        }
    });
    for _ in 0..2000 {
        place.root();
    }
    stop.store(true, std::sync::atomic::Ordering::Relaxed);
    other.join().unwrap();
}

#[tokio::test]
async fn permissions_are_narrow_and_stay() {
    let place = Place::new();
    let root = place.root();
    root.write(&path("new"), "").await.unwrap();
    assert_eq!(fs::metadata(place.at("new")).unwrap().mode() & 0o7777, 0o600);
    fs::set_permissions(place.at("new"), fs::Permissions::from_mode(0o4755)).unwrap();
    root.write(&path("new"), "x").await.unwrap();
    assert_eq!(fs::metadata(place.at("new")).unwrap().mode() & 0o7777, 0o755);
}

#[tokio::test]
async fn quotas_hold_at_their_ends() {
    let place = Place::new();
    fs::write(place.at("old"), "12345").unwrap();
    let root = place.root().max_file(6).max_total(10).max_files(3);
    assert!(matches!(root.write(&path("a"), "1234567").await, Err(FileError::FileQuota)));
    assert!(matches!(root.write(&path("a"), "123456").await, Err(FileError::RootQuota)));
    root.write(&path("a"), "12345").await.unwrap();
    // Both are on the disk for a moment.
    assert!(matches!(root.write(&path("a"), "1").await, Err(FileError::RootQuota)));
    root.remove(&path("old")).await.unwrap();
    root.write(&path("a"), "12345").await.unwrap();
    root.write(&path("b"), "").await.unwrap();
    root.create_directory(&path("c")).await.unwrap();
    assert!(matches!(root.create(&path("d"), "").await, Err(FileError::RootQuota)));
    assert!(matches!(root.create_directory(&path("d")).await, Err(FileError::RootQuota)));
    assert_eq!(root.shared.account.usage(), Usage { bytes: 5, files: 3 });
    assert_eq!(place.names(), ["a", "b", "c"]);
}

/// Writers, replacers and removers together: never above the quota, and exact in the end.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn quotas_are_exact_under_concurrency() {
    let place = Place::new();
    let root = place.root().max_total(5000).max_files(12);
    let calls: Vec<_> = (0..12_u64)
        .map(|task| {
            let root = root.clone();
            tokio::spawn(async move {
                for round in 0..40 {
                    let name = path(&format!("f{}", (task * 7 + round * 3) % 9));
                    let content =
                        vec![b'x'; usize::try_from((task * 131 + round * 97) % 900).unwrap()];
                    let _ = match (task + round) % 4 {
                        0 => root.remove(&name).await,
                        1 => root.create(&name, content).await,
                        _ => root.write(&name, content).await,
                    };
                    let usage = root.shared.account.usage();
                    assert!(usage.bytes <= 5000 && usage.files <= 12, "{usage:?}");
                }
            })
        })
        .collect();
    for call in calls {
        call.await.unwrap();
    }
    assert_eq!(root.shared.account.usage(), counted(&place));
    assert!(place.names().iter().all(|name| name.starts_with('f')), "{:?}", place.names());
}

/// Dropped at any moment, a write has happened or has not, and leaves nothing behind.
#[tokio::test(flavor = "multi_thread")]
async fn cancelling_leaves_the_old_or_the_new_content() {
    let place = Place::new();
    let root = place.root().max_file(8 << 20);
    root.write(&path("file"), vec![b'0'; 8 << 20]).await.unwrap();
    let mut kept = 0;
    for round in 1..=20_u8 {
        let before = fs::read(place.at("file")).unwrap()[0];
        let (name, content) = (path("file"), vec![round; 8 << 20]);
        let write = root.write(&name, content);
        let _ = tokio::time::timeout(Duration::from_micros(u64::from(round) * 300), write).await;
        // When every permit is back, no write is under way.
        let _all = root.shared.permits.acquire_many(16).await.unwrap();
        let content = fs::read(place.at("file")).unwrap();
        assert!(content.iter().all(|byte| *byte == content[0]) && content.len() == 8 << 20);
        assert!(content[0] == before || content[0] == round);
        kept += usize::from(content[0] == before);
        assert_eq!(place.names(), ["file"]);
        assert_eq!(root.shared.account.usage(), Usage { bytes: 8 << 20, files: 1 });
    }
    assert!(kept > 0, "no call was cancelled in time");
}

#[test]
fn a_cancelled_write_stops_between_two_steps() {
    let place = Place::new();
    let directory = fs::File::open(place.at("")).unwrap();
    let mut temporary = Temporary::new(&directory).unwrap();
    let cancelled = CancellationToken::new();
    cancelled.cancel();
    assert!(temporary.fill(b"content", &cancelled).is_err());
    assert_eq!(place.names().len(), 1);
    drop(temporary);
    assert_eq!(place.names().len(), 0);
}

const VICTIM: &str = "SECURE_TOOL_TEST_VICTIM";

/// Not a test: what `a_killed_process_leaves_whole_files` kills.
#[tokio::test]
#[ignore = "runs in a process of its own"]
async fn victim() {
    let Some(directory) = std::env::var_os(VICTIM) else { return };
    let root = Root::read_write(directory).unwrap();
    for letter in (b'a'..=b'z').cycle() {
        root.write(&path("file"), vec![letter; 1 << 20]).await.unwrap();
    }
}

#[test]
fn a_killed_process_leaves_whole_files() {
    let place = Place::new();
    fs::write(place.at("file"), vec![b'0'; 1 << 20]).unwrap();
    for round in 0..8 {
        let mut victim = Command::new(std::env::current_exe().unwrap())
            .args(["--ignored", "--exact", "resource::files::tests::writing::victim"])
            .env(VICTIM, place.at(""))
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        // Until it writes, and a little longer.
        while !place.names().iter().any(|name| name.starts_with(TEMPORARY)) {
            std::thread::yield_now();
        }
        std::thread::sleep(Duration::from_micros(round * 700));
        victim.kill().unwrap();
        victim.wait().unwrap();
        let content = fs::read(place.at("file")).unwrap();
        assert_eq!(content.len(), 1 << 20);
        assert!(content.iter().all(|byte| *byte == content[0]));
        leave_nothing_behind(&place);
    }
}

/// What was left is not listed, is counted while it is young, and is removed when it is old.
fn leave_nothing_behind(place: &Place) {
    let left: Vec<_> =
        place.names().into_iter().filter(|name| name.starts_with(TEMPORARY)).collect();
    place.root();
    for name in &left {
        let file = fs::File::options().write(true).open(place.at(name)).unwrap();
        let old = std::time::SystemTime::now() - Duration::from_secs(120);
        file.set_modified(old).unwrap();
        file.lock().unwrap();
        place.root();
        assert!(place.names().contains(name), "somebody held it");
        drop(file);
    }
    place.root();
    assert_eq!(place.names(), ["file"]);
}
