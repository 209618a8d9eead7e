//! Records in files.

use super::*;

fn lines(dir: &TempDir) -> Vec<serde_json::Value> {
    let mut files: Vec<_> =
        fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
    // The current file has the shortest name and the latest lines.
    files.sort_by_key(|path| std::cmp::Reverse(path.clone()));
    let text: String = files.iter().map(|path| fs::read_to_string(path).unwrap()).collect();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn writes_a_line_for_each_call_to_rotated_files() {
    let dir = TempDir::new().unwrap();
    let audit =
        Audit::builder().file(dir.path().join("audit.jsonl")).rotate_at(4096).start().unwrap();
    runtime().block_on(async {
        for n in 0..1000 {
            call(&audit, n).await.unwrap();
        }
        audit.flush().await.unwrap();
    });
    let files: Vec<_> = fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap()).collect();
    assert_eq!(files.len(), 6);
    assert!(files.iter().all(|file| file.metadata().unwrap().len() <= 4096));
    let lines = lines(&dir);
    // The latest ones, without a gap.
    let first = 1000 - lines.len() as u64;
    assert!(lines.len() > 100);
    for (n, line) in (first..).zip(&lines) {
        assert_eq!(line["reference"], Reference(n).to_string());
    }
}

#[test]
fn a_second_server_on_the_same_file_is_refused() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("audit.jsonl");
    let first = Audit::builder().file(&path).start().unwrap();
    let second = Audit::builder().file(&path).start();
    assert_eq!(second.unwrap_err().kind(), io::ErrorKind::WouldBlock);
    drop(first);
    Audit::builder().file(&path).start().unwrap();
}

#[test]
fn a_hostile_text_makes_no_second_line() {
    let dir = TempDir::new().unwrap();
    let audit = Audit::builder().file(dir.path().join("audit.jsonl")).start().unwrap();
    runtime().block_on(async {
        let hostile = "x\n{\"tool\":\"fake\"}\r\n";
        let record =
            Record { caller: hostile.into(), cause: Some(hostile.into()), ..Record::example(1) };
        audit.open().await.unwrap().close(record);
    });
    drop(audit);
    let lines = lines(&dir);
    assert_eq!(lines.len(), 1);
    assert_eq!(lines[0]["tool"], "add_note");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_refuses_calls() {
    let audit = Audit::builder().file("/dev/full").retry(SOON).start().unwrap();
    runtime().block_on(async {
        call(&audit, 1).await.unwrap();
        until(|| !audit.is_healthy());
        call(&audit, 2).await.unwrap_err();
        audit.flush().await.unwrap_err();
    });
}

#[test]
fn recovers_when_the_directory_comes_back() {
    let dir = TempDir::new().unwrap();
    let home = dir.path().join("log");
    fs::create_dir(&home).unwrap();
    let audit = Audit::builder().file(home.join("audit.jsonl")).retry(SOON).start().unwrap();
    let runtime = runtime();
    runtime.block_on(call(&audit, 1)).unwrap();
    audit.flush_blocking(LONG).unwrap();
    fs::remove_dir_all(&home).unwrap();
    runtime.block_on(call(&audit, 2)).unwrap();
    until(|| !audit.is_healthy());
    fs::create_dir(&home).unwrap();
    until(|| audit.is_healthy());
    audit.flush_blocking(LONG).unwrap();
    let text = fs::read_to_string(home.join("audit.jsonl")).unwrap();
    assert!(text.lines().count() == 1 && text.contains("0000000000000002"), "{text}");
}
