//! What opening and reading a file beneath a root costs beside cap-std alone, and beside the standard
//! library, which looks at nothing.
//!
//! ```text
//! cargo bench --bench files
//! ```
//!
//! `read` goes to a thread that may block, which cap-std's caller has to do too: “by hand” is what an
//! expert writes. Compare within one run.

use std::io::Read;
use std::sync::Arc;

use cap_std::ambient_authority;
use cap_std::fs::{Dir, OpenOptions, OpenOptionsExt};
use criterion::{Criterion, criterion_group, criterion_main};
use rustix::fs::{OFlags, fstat};
use secure_tool_runtime::files::{Root, SafePath};

const PATH: &str = "a/b/note.txt";

/// A directory with one small file in it.
fn place() -> tempfile::TempDir {
    let place = tempfile::tempdir().expect("there is a temporary directory");
    std::fs::create_dir_all(place.path().join("a/b")).expect("directories can be made");
    std::fs::write(place.path().join(PATH), vec![b'x'; 1000]).expect("files can be written");
    place
}

fn directory(place: &tempfile::TempDir) -> Dir {
    Dir::open_ambient_dir(place.path(), ambient_authority()).expect("it was just made")
}

/// Checked as the runtime does.
fn by_hand(directory: &Dir) -> Vec<u8> {
    let mut options = OpenOptions::new();
    options.read(true).custom_flags((OFlags::NONBLOCK | OFlags::NOCTTY).bits().cast_signed());
    let mut file = directory.open_with(PATH, &options).expect("it is there").into_std();
    let stat = fstat(&file).expect("it is open");
    assert!(stat.st_mode & 0o170_000 == 0o100_000 && stat.st_nlink == 1);
    let mut bytes = Vec::with_capacity(1001);
    file.by_ref().take(1 << 20).read_to_end(&mut bytes).expect("it can be read");
    bytes
}

fn open(c: &mut Criterion) {
    let mut group = c.benchmark_group("files, open");
    let place = place();
    let directory = directory(&place);
    let root = Root::read_only(place.path()).expect("it was just made");
    let path = SafePath::try_from(PATH).expect("it is one");
    group.bench_function("std, unchecked", |b| {
        let path = place.path().join(PATH);
        b.iter(|| std::fs::File::open(&path).expect("it is there"));
    });
    group.bench_function("cap-std", |b| {
        b.iter(|| directory.open(PATH).expect("it is there"));
    });
    group.bench_function("ours", |b| {
        b.iter(|| root.open_blocking(&path).expect("it is there"));
    });
}

fn read(c: &mut Criterion) {
    let mut group = c.benchmark_group("files, read");
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime starts");
    let place = place();
    let directory = Arc::new(directory(&place));
    let root = Root::read_only(place.path()).expect("it was just made");
    let path = SafePath::try_from(PATH).expect("it is one");
    group.bench_function("by hand", |b| {
        b.iter(|| {
            let directory = Arc::clone(&directory);
            runtime
                .block_on(tokio::task::spawn_blocking(move || by_hand(&directory)))
                .expect("it does not panic")
        });
    });
    group.bench_function("ours", |b| {
        b.iter(|| runtime.block_on(root.read(&path)).expect("it is there"));
    });
}

/// Text to path: what each call pays before anything is opened.
fn parse(c: &mut Criterion) {
    let mut group = c.benchmark_group("files, parse");
    for (name, text) in [("ASCII", PATH), ("other", "über/日本語/notes.txt")] {
        group.bench_function(name, |b| {
            b.iter(|| SafePath::try_from(std::hint::black_box(text)).expect("it is one"));
        });
    }
}

criterion_group!(benches, open, read, parse);
criterion_main!(benches);
