use std::os::unix::fs::symlink;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::super::open;
use super::*;

/// Does something over and over until dropped.
struct Meanwhile(Arc<AtomicBool>, Option<JoinHandle<()>>);

impl Meanwhile {
    fn new(mut act: impl FnMut() + Send + 'static) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let until = Arc::clone(&stop);
        let thread = std::thread::spawn(move || {
            while !until.load(Ordering::Relaxed) {
                act();
            }
        });
        Meanwhile(stop, Some(thread))
    }
}

impl Drop for Meanwhile {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
        let ended = self.1.take().unwrap().join();
        assert!(ended.is_ok() || std::thread::panicking());
    }
}

/// A name is a file, a link out, a directory with the file, a link to the directory around, in turn.
#[test]
fn a_link_swapped_under_ten_thousand_opens_never_escapes() {
    let place = Place::new();
    fs::create_dir(place.at("inside")).unwrap();
    fs::write(place.at("inside/secret"), "fine").unwrap();
    fs::write(place.at("plain"), "fine").unwrap();
    symlink(place.around.path(), place.at("to-outside")).unwrap();
    symlink("inside", place.at("to-inside")).unwrap();
    symlink("../secret", place.at("to-secret")).unwrap();
    symlink("plain", place.at("to-plain")).unwrap();
    let (root, base) = (place.root(), place.at(""));
    let meanwhile = Meanwhile::new(move || {
        for (directory, file) in [("to-inside", "to-plain"), ("to-outside", "to-secret")] {
            for (from, to) in [(directory, "directory"), (file, "name")] {
                let copy = base.join("copy");
                symlink(fs::read_link(base.join(from)).unwrap(), &copy).unwrap();
                fs::rename(&copy, base.join(to)).unwrap();
            }
        }
    });
    let (mut read, mut refused) = (0, 0);
    let names = [path("directory/secret"), path("name")];
    while read + refused < 10_000 || read == 0 || refused == 0 {
        let name = &names[(read + refused) % 2];
        match open::regular(&root.shared.directory, name.as_path()) {
            Ok((file, _)) => {
                assert_eq!(std::io::read_to_string(file).unwrap(), "fine");
                read += 1;
            }
            Err(error) => {
                assert_eq!(error.public(), Some(UNAVAILABLE), "{error:?}");
                refused += 1;
            }
        }
    }
    drop(meanwhile);
    assert!(read > 0 && refused > 0, "{read} read, {refused} refused");
}

/// A directory is swapped with a link to another one outside while files are written into it.
#[tokio::test]
async fn a_directory_replaced_under_a_write_leads_nowhere_else() {
    let place = Place::new();
    fs::create_dir(place.at("directory")).unwrap();
    fs::create_dir(place.outside("trap")).unwrap();
    fs::write(place.outside("trap/file"), "canary").unwrap();
    let (root, base, trap) = (place.root(), place.at(""), place.outside("trap"));
    let meanwhile = Meanwhile::new(move || {
        fs::rename(base.join("directory"), base.join("aside")).unwrap();
        symlink(&trap, base.join("directory")).unwrap();
        fs::remove_file(base.join("directory")).unwrap();
        fs::rename(base.join("aside"), base.join("directory")).unwrap();
    });
    let (name, mut written, mut refused) = (path("directory/file"), 0, 0);
    // Until both have happened, so that the race was run.
    let until = Instant::now() + Duration::from_secs(60);
    while written + refused < 500 || written == 0 || refused == 0 {
        assert!(Instant::now() < until, "{written} written, {refused} refused");
        match root.write(&name, format!("{written}")).await {
            Ok(()) => written += 1,
            Err(error) => {
                assert_eq!(error.public(), Some(UNAVAILABLE), "{error:?}");
                refused += 1;
            }
        }
        let _ = root.remove(&path("directory/other")).await;
    }
    drop(meanwhile);
    assert_eq!(names(&place.outside("trap")), ["file"]);
    assert_eq!(fs::read(place.outside("trap/file")).unwrap(), b"canary");
    assert_eq!(names(&place.at("directory")), ["file"]);
}

/// Somebody else replaces the target by a link out of the root: the link is replaced, not followed.
#[tokio::test]
async fn a_target_replaced_under_a_write_is_not_followed() {
    let place = Place::new();
    let (root, base) = (place.root(), place.at(""));
    let meanwhile = Meanwhile::new(move || {
        let copy = base.join("copy");
        symlink("../secret", &copy).unwrap();
        fs::rename(&copy, base.join("file")).unwrap();
        fs::write(&copy, "plain").unwrap();
        fs::rename(&copy, base.join("file")).unwrap();
    });
    for round in 0..500 {
        let _ = root.write(&path("file"), format!("{round}")).await;
    }
    drop(meanwhile);
    assert_eq!(fs::read(place.outside("secret")).unwrap(), b"canary");
    assert_eq!(place.names(), ["file"]);
}
