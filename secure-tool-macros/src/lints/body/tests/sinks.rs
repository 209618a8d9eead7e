//! What a body reaches: files, programs, the environment, standard output, memory, panics.

use super::*;

#[test]
fn files_are_out_of_reach() {
    all_break(
        "file_system",
        &[
            "std::fs::read_to_string(path)?;",
            "::std::fs::write(path, text)?;",
            "tokio::fs::remove_file(path).await?;",
            "fs::read(path)?;",
            "r#fs::read(path)?;",
            "std::fs::File::open(path)?;",
            "File::create(path)?;",
            "OpenOptions::new().read(true);",
            "std::os::unix::fs::symlink(a, b)?;",
            "use std::fs;",
            "use std::fs as disk; disk::read(path)?;",
            "use ::std::{fs::{self as disk}, io}; disk::read(path)?;",
            "use std::{fs::{read, File}, io}; read(path)?;",
            "use tokio::fs::*;",
            "use std::fs::File as Handle; Handle::open(path)?;",
            "(0..fs::read(path)?.len());",
            "paths.iter().map(std::fs::metadata);",
            "type Handle = std::fs::File; Handle::open(path)?;",
            "fs_err::File::open(path)?;",
            "use fs_err::File; File::create(path)?;",
        ],
    );
    none_break(&[
        "self.fs_label.read(id);",
        "self.fs.read(id);",
        "fs(id);",
        "let fs = 1; fs + 1;",
        "fs::open_notes(id);",
        "crate::fs::read(id);",
        "self::fs::read(id);",
        "mine::fs::read(id);",
        "use crate::fs; fs::read(id);",
        "use crate::store::File; File::open(id);",
        "mod fs { pub fn read(id: u8) {} } fs::read(id);",
        "let metadata: std::fs::Metadata = self.metadata(id);",
        "use std::fs::Metadata;",
        "fn f(file: &std::fs::File) {}",
        "// std::fs::read(path)\n\"std::fs::read(path)\";",
        "include_str!(\"std::fs::read\");",
        "File::named(id);",
        "{ use crate::fs; fs::read(id); }",
    ]);
    // A block's imports end with it.
    assert_eq!(broken("{ { use crate::fs; fs::read(id); } fs::read(id); }"), ["file_system"]);
}

#[test]
fn programs_are_not_started() {
    all_break(
        "process",
        &[
            "std::process::Command::new(\"ls\").output()?;",
            "tokio::process::Command::new(name);",
            "process::Command::new(name);",
            "Command::new(name);",
            "Command::new(\"sh\").arg(\"-c\").arg(title);",
            "use std::process::Command; Command::new(name);",
            "use std::process::Command as Program; Program::new(name);",
            "use tokio::process; process::Command::new(name);",
            "std::process::exit(1);",
            "std::process::abort();",
            "use std::process::exit; exit(1);",
            "type P = std::process::Command; P::new(\"sh\");",
            "type P = Command; P::new(name);",
            "use tokio::process; type P = process::Command; P::new(name);",
            "type P = Q; type Q = ::std::process::Command; P::new(name);",
            "use std::process; use process::Command as P; P::new(name);",
        ],
    );
    none_break(&[
        "let command = Command { name };",
        "Command::Start;",
        "Command::Start(name);",
        "Command::new(kind, priority);",
        "crate::domain::Command::new(name);",
        "use crate::domain::Command; Command::new(name);",
        "struct Command; Command::new(name);",
        "type Command = crate::domain::Command; Command::new(name);",
        "type Command = domain::Command<u8>; Command::new(name);",
        "type Command = (u8, u8); Command::new(name);",
        "type Command = Command; type A = B; type B = A; A::new(name);",
        "use crate::process; type P = process::Command; P::new(name);",
        "process_note(title);",
        "self.process(title);",
        "process(title);",
        "std::process::ExitCode::SUCCESS;",
        "std::process::id();",
        "process::run(title);",
        "self.exit(1);",
        "self.command.new(1);",
    ]);
}

#[test]
fn a_shell_is_told_apart() {
    let told = |body: &str| {
        let mut errors = Errors::new();
        check(body.parse().expect("the test's own tokens"), &[], &mut errors);
        errors.finish().to_string().contains("starts a shell")
    };
    for shell in ["sh", "/bin/bash", "cmd.exe", r"C:\\Windows\\cmd.exe", "pwsh"] {
        assert!(told(&format!("Command::new(\"{shell}\")")), "{shell}");
    }
    assert!(!told("Command::new(\"shfmt\")"));
    assert!(!told("Command::new(shell)"));
}

#[test]
fn the_environment_is_read_at_the_start() {
    all_break(
        "environment",
        &[
            "std::env::var(\"KEY\")?;",
            "env::var_os(\"KEY\");",
            "env::vars().count();",
            "std::env::set_var(\"KEY\", \"1\");",
            "std::env::args().nth(1);",
            "use std::env::var; var(\"KEY\")?;",
            "use std::env as surroundings; surroundings::var(\"KEY\")?;",
            "use std::env::{self}; env::var(\"KEY\")?;",
        ],
    );
    none_break(&[
        "env!(\"CARGO_PKG_VERSION\");",
        "option_env!(\"KEY\");",
        "let env_name = 1;",
        "self.env.var(\"KEY\");",
        "std::env::consts::OS;",
        "use std::env; env::consts::OS;",
        "crate::env::var(\"KEY\");",
        "env::lookup(\"KEY\");",
    ]);
}

#[test]
fn standard_output_is_the_protocol() {
    all_break(
        "standard_output",
        &[
            "println!(\"{}\", 1);",
            "std::print!(\"x\");",
            "dbg!(count);",
            "std::io::stdout().flush()?;",
            "writeln!(io::stdout(), \"x\")?;",
            "use tokio::io::stdout; stdout();",
        ],
    );
    none_break(&[
        "eprintln!(\"x\");",
        "tracing::info!(\"println!\");",
        "print(title);",
        "fn print() {}",
        "self.stdout();",
        "crate::println!(\"x\");",
        "macro_rules! println { () => {} } println!();",
        "use crate::println; println!(\"x\");",
        "let println = true; if println != (true) {}",
        "io::stderr();",
    ]);
}

#[test]
fn memory_is_not_leaked() {
    all_break(
        "leaked_memory",
        &[
            "title.leak();",
            "String::leak(title);",
            "std::string::String::leak(title);",
            "Box::leak(Box::new(title));",
            "Box::<str>::leak(title.into());",
            "titles.into_iter().map(String::leak);",
        ],
    );
    none_break(&[
        "self.leak(title);",
        "leak(title);",
        "let leak = self.leak;",
        "self.leaks.count();",
        "crate::Pipe::leak(title);",
    ]);
}

#[test]
fn callers_do_not_choose_panics() {
    all_break(
        "unwrap",
        &[
            "title.parse::<u32>().unwrap();",
            "u8::try_from(count).unwrap();",
            "let n: u8 = count.try_into().expect(\"small\");",
            "self.notes.get(&id).unwrap();",
            "self.find(id).await.unwrap().title;",
            "self.find(id)?.first().unwrap();",
            "return title.chars().next().unwrap();",
            "Regex::new(&title).unwrap();",
            "Vec::<u8>::try_from(title).unwrap();",
            "(count as u64).checked_mul(3).unwrap();",
            "vec![title].pop().unwrap();",
            "map[&id].first().unwrap();",
            "f(g(h(id))).unwrap();",
            "{ title.parse::<u8>() }.unwrap();",
            "Option::unwrap(self.get(id));",
            "self.store.read(id).unwrap();",
            "let one = 1 + title.find('x').unwrap();",
            "if title.find('x').unwrap() == 1 {}",
            "return Ok(title.parse().unwrap());",
            "self.notes.lock().unwrap().get(&id).unwrap();",
        ],
    );
    none_break(&[
        "self.notes.lock().unwrap().insert(id, title);",
        "self.shards[shard(id)].lock().unwrap();",
        "self.notes.read().unwrap();",
        "self.sender.send(title).await.unwrap();",
        "tokio::spawn(work(title)).await.unwrap();",
        "Some(3).unwrap();",
        "title.parse::<u32>().unwrap_or(3);",
        "title.parse::<u32>().unwrap_or_default();",
        "write!(text, \"{title}\").unwrap();",
        "self.title.as_ref().unwrap();",
        "use_it(title); Some(3).unwrap();",
        "use_it(title, Some(3).unwrap());",
        "let (title, n) = (title, Some(3).unwrap());",
        "title == Some(3).unwrap();",
        "limits::count().unwrap();",
        "if title.is_empty() { return; } [3].first().unwrap();",
        "0..Some(3).unwrap();",
        "fn unwrap() {} unwrap();",
        "self.unwrap(title);",
    ]);
}
