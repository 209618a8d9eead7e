use tempfile::TempDir;

use super::*;

fn opened(dir: &TempDir, limit: u64, keep: usize) -> RotatedFile {
    RotatedFile::open(Rotation { path: dir.path().join("log"), limit, keep }).unwrap()
}

fn read(dir: &TempDir, name: &str) -> String {
    fs::read_to_string(dir.path().join(name)).unwrap()
}

fn names(dir: &TempDir) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(dir.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn append(file: &mut RotatedFile, text: &str) {
    let mut lines = text.as_bytes().to_vec();
    file.append(&mut lines).unwrap();
    assert!(lines.is_empty());
}

#[test]
fn appends_to_what_is_there() {
    let dir = TempDir::new().unwrap();
    append(&mut opened(&dir, 100, 5), "one\n");
    append(&mut opened(&dir, 100, 5), "two\nthree\n");
    assert_eq!(read(&dir, "log"), "one\ntwo\nthree\n");
}

#[test]
fn keeps_so_many_old_files_of_bounded_size() {
    let dir = TempDir::new().unwrap();
    let mut file = opened(&dir, 20, 5);
    for n in 0..100 {
        append(&mut file, &format!("line {n:03}\n"));
    }
    assert_eq!(names(&dir), ["log", "log.1", "log.2", "log.3", "log.4", "log.5"]);
    // Two lines of nine bytes fit into twenty; the latest twelve are there, in order.
    let all: String =
        ["log.5", "log.4", "log.3", "log.2", "log.1", "log"].map(|name| read(&dir, name)).concat();
    let expected: String = (88..100).map(|n| format!("line {n:03}\n")).collect();
    assert_eq!(all, expected);
}

#[test]
fn spreads_one_batch_over_files_without_splitting_a_line() {
    let dir = TempDir::new().unwrap();
    let mut file = opened(&dir, 10, 5);
    append(&mut file, "aaaa\nbbbb\ncccc\ndddddddddddddddddd\neeee\n");
    assert_eq!(names(&dir), ["log", "log.1", "log.2", "log.3"]);
    assert_eq!(
        ["log.3", "log.2", "log.1", "log"].map(|name| read(&dir, name)),
        ["aaaa\nbbbb\n", "cccc\n", "dddddddddddddddddd\n", "eeee\n"]
    );
}

#[cfg(unix)]
#[test]
fn follows_the_name_when_the_file_is_moved_or_deleted() {
    let dir = TempDir::new().unwrap();
    let mut file = opened(&dir, 100, 5);
    append(&mut file, "one\n");
    fs::rename(dir.path().join("log"), dir.path().join("moved")).unwrap();
    // Somebody else has created it in the meantime.
    fs::write(dir.path().join("log"), "zero\n").unwrap();
    append(&mut file, "two\n");
    assert_eq!(read(&dir, "log"), "zero\ntwo\n");
    fs::remove_file(dir.path().join("log")).unwrap();
    append(&mut file, "three\n");
    assert_eq!((read(&dir, "moved"), read(&dir, "log")), ("one\n".into(), "three\n".into()));
}

#[test]
fn starts_a_new_line_after_a_crash() {
    let dir = TempDir::new().unwrap();
    fs::write(dir.path().join("log"), "one\ntw").unwrap();
    append(&mut opened(&dir, 100, 5), "three\n");
    assert_eq!(read(&dir, "log"), "one\ntw\nthree\n");
}

#[cfg(unix)]
#[test]
fn creates_files_for_the_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = TempDir::new().unwrap();
    let mut file = opened(&dir, 5, 1);
    append(&mut file, "aaaa\nbbbb\n");
    for name in ["log", "log.1"] {
        assert_eq!(
            fs::metadata(dir.path().join(name)).unwrap().permissions().mode() & 0o777,
            0o600
        );
    }
}

#[test]
fn does_not_create_directories() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("none/log");
    RotatedFile::open(Rotation { path, limit: 10, keep: 1 }).unwrap_err();
}

#[test]
fn a_rotation_that_fails_again_and_again_pushes_nothing_out() {
    let dir = TempDir::new().unwrap();
    let mut file = opened(&dir, 5, 3);
    append(&mut file, "aaaa\nbbbb\ncccc\ndddd\n");
    // A directory that is not empty cannot be replaced by a file: moving `log.2` there fails.
    fs::remove_file(dir.path().join("log.3")).unwrap();
    fs::create_dir_all(dir.path().join("log.3/full")).unwrap();
    let mut lines = b"eeee\n".to_vec();
    for _ in 0..5 {
        file.append(&mut lines).unwrap_err();
        assert_eq!(lines, b"eeee\n");
    }
    assert_eq!(
        (read(&dir, "log.2"), read(&dir, "log.1"), read(&dir, "log")),
        ("bbbb\n".into(), "cccc\n".into(), "dddd\n".into())
    );
    fs::remove_dir_all(dir.path().join("log.3")).unwrap();
    file.append(&mut lines).unwrap();
    assert_eq!(
        ["log.3", "log.2", "log.1", "log"].map(|name| read(&dir, name)),
        ["bbbb\n", "cccc\n", "dddd\n", "eeee\n"]
    );
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error_and_keeps_the_lines() {
    let path = PathBuf::from("/dev/full");
    let mut file = RotatedFile::open(Rotation { path, limit: 10, keep: 1 }).unwrap();
    let mut lines = b"one\ntwo\n".to_vec();
    let error = file.append(&mut lines).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::StorageFull);
    assert_eq!(lines, b"one\ntwo\n");
}

/// Takes so many bytes, then is full until there is more room.
struct Disk {
    room: usize,
    bytes: Vec<u8>,
}

impl Write for Disk {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.room == 0 {
            return Err(io::ErrorKind::StorageFull.into());
        }
        let taken = bytes.len().min(self.room);
        self.room -= taken;
        self.bytes.extend_from_slice(&bytes[..taken]);
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn goes_on_within_a_line_where_it_broke_off() {
    let all = b"alpha\nbeta\ngamma\n";
    for room in 0..all.len() {
        let (mut disk, mut torn) = (Disk { room, bytes: Vec::new() }, 0);
        let (complete, _) = write_lines(&mut disk, all, &mut torn).unwrap_err();
        assert_eq!(complete + torn, room);
        assert!(complete == 0 || all[complete - 1] == b'\n');
        // Still full, then room for one more byte, then for the rest.
        write_lines(&mut disk, &all[complete..], &mut torn).unwrap_err();
        disk.room = 1;
        let rest = &all[complete..];
        let more =
            write_lines(&mut disk, rest, &mut torn).map_or_else(|(more, _)| more, |()| rest.len());
        disk.room = 100;
        write_lines(&mut disk, &rest[more..], &mut torn).unwrap();
        assert_eq!((disk.bytes.as_slice(), torn), (all.as_slice(), 0));
    }
}
