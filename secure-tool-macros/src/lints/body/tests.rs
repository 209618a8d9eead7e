//! What bodies are refused, and what bodies a hasty rule would refuse.

use super::*;
use proc_macro2::Span;

/// The rules that a body breaks, in the order of its text.
fn broken(body: &str) -> Vec<&'static str> {
    let inputs = ["title", "count", "id"].map(|name| Ident::new(name, Span::call_site()));
    let mut errors = Errors::new();
    check(body.parse().expect("the test's own tokens"), &inputs, &mut errors);
    let messages = errors.finish().to_string();
    let rules = messages.split("compile_error").skip(1).map(|message| {
        let rule = Rule::liftable().find(|rule| message.contains(&format!("`allow({rule},")));
        rule.unwrap_or("secret_literal")
    });
    rules.collect()
}

#[track_caller]
fn all_break(rule: &str, bodies: &[&str]) {
    for body in bodies {
        assert_eq!(broken(&format!("{{ {body} }}")), [rule], "{body}");
        // Anywhere: in closures, in blocks, in the arguments of macros.
        let nested = format!("{{ join!(async move {{ let f = || {{ {body} }}; f() }}) }}");
        assert_eq!(broken(&nested), [rule], "{nested}");
    }
}

#[track_caller]
fn none_break(bodies: &[&str]) {
    for body in bodies {
        assert_eq!(broken(&format!("{{ {body} }}")), [""; 0], "{body}");
    }
}

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

#[test]
fn values_are_bound_and_not_written_into_sql() {
    all_break(
        "sql_text",
        &[
            r#"format!("SELECT * FROM notes WHERE title = '{title}'");"#,
            r#"format!("select id from notes where title = '{}'", title);"#,
            r##"format!(r#"SELECT "a" FROM t WHERE b = {id}"#);"##,
            r#"std::format!("  \n DELETE FROM notes WHERE id = {id}");"#,
            r#"write!(sql, "UPDATE notes SET title = '{title}'")?;"#,
            r#"format!("INSERT INTO notes VALUES ({id})");"#,
            r#"format!("DROP TABLE {title}");"#,
            r#"format!("SELECT {title} FROM {}", title == 3);"#,
            r#"format!("ATTACH DATABASE '{title}' AS other");"#,
            r#"format!("PRAGMA table_info({title})");"#,
            r#"format!("WITH all_notes AS (SELECT * FROM notes) SELECT {title}");"#,
            r#"format!("WHERE title LIKE '{title}'");"#,
            r#"format!("SELECT {COLUMNS} FROM {table}");"#,
            r#"format!("SELECT {} FROM {}", COLUMNS, self.table);"#,
            r#""SELECT * FROM notes WHERE title = '".to_owned() + &title;"#,
            r#"String::from("SELECT * FROM notes WHERE title = '") + &title;"#,
            r#"let mut sql = String::from("SELECT * FROM notes WHERE id = "); sql.push_str(&title);"#,
            r#"let mut sql: String = "SELECT * FROM notes WHERE id = ".to_string(); sql += &title;"#,
            r#"let mut sql = String::new(); sql.push_str("DELETE FROM notes WHERE id = "); sql.push_str(&title);"#,
            r#"["SELECT * FROM ", &title].concat();"#,
            r#"let base = "SELECT * FROM notes"; format!("{base} WHERE title = '{title}'");"#,
            r#"let base = "SELECT * FROM notes"; format!("{} WHERE title = '{}'", base, title);"#,
            r#"let base = "SELECT * FROM notes"; format!("{b} WHERE id = {id}", b = &base);"#,
            r#"let mut sql = String::from("SELECT * FROM notes WHERE"); write!(sql, " title = '{title}'")?;"#,
            r#"let mut sql = "SELECT 1 FROM a".to_owned(); writeln!(&mut sql, "{}", title)?;"#,
            r#"let mut sql = String::new(); write!(sql, "DELETE FROM notes WHERE")?; write!(sql, " id = {id}")?;"#,
            r#"let all = format!("SELECT {COLUMNS} FROM notes"); all + &title;"#,
            r#"format!("SELECT * FROM notes {}", if let Some(t) = &title { t } else { "" });"#,
            r#"format!("SELECT * FROM notes {}", match &title { Some(t) => t, None => "" });"#,
            r#"format!("SELECT * FROM notes {}", match &title { None => { "" } Some(t) => { t } });"#,
            r#"format!("SELECT * FROM notes {}", if up { "" } else if down { title } else { "" });"#,
            r#"let q = "SELECT * FROM notes".to_owned() + if up { " ASC" } else { "" } + &title;"#,
            "query(AssertSqlSafe(text));",
            "sqlx::AssertSqlSafe(text);",
            "use sqlx::AssertSqlSafe as Checked; Checked(text);",
        ],
    );
    none_break(&[
        r#"query("SELECT * FROM notes WHERE title = ?").bind(title);"#,
        r#"format!("Select a note from {title}");"#,
        r#"format!("select a note from {title}");"#,
        r#"format!("Update of {title}");"#,
        r#"format!("update the set of {title}");"#,
        r#"format!("Delete from {title}?");"#,
        r#"format!("with {title} as the name");"#,
        r#"format!("{title}: SELECT * FROM notes");"#,
        r#"format!("SELECT * FROM notes {{}}");"#,
        r#"format!("SELECT {COLUMNS} FROM notes");"#,
        r#"format!("SELECT {} FROM notes LIMIT {}", Self::COLUMNS, 3);"#,
        r#"format!("SELECT {columns} FROM notes", columns = COLUMNS);"#,
        r#"format!("SELECT * FROM notes ORDER BY {}", match sort { Sort::Title => "title" });"#,
        r#"format!("SELECT * FROM notes {}", match sort { Sort::Title => "a", Sort::Age => { "b" } _ => return });"#,
        r#"format!("SELECT * FROM notes {}", if let Some(t) = &title { "a" } else { ORDER });"#,
        r#"format!("SELECT * FROM notes {}", if title.is_empty() { "a" } else { match b { _ => "b" } });"#,
        r#"let base = "SELECT * FROM notes"; format!("{base} WHERE title = ? LIMIT {MOST}");"#,
        r#"let base = "SELECT * FROM notes"; let rest = "WHERE id = 3"; format!("{base} {rest}");"#,
        r#"let base = "SELECT * FROM notes"; format!("{title}");"#,
        r#"let mut sql = String::from("SELECT * FROM notes"); write!(sql, " WHERE id = ?")?;"#,
        r#"write!(text, " title = '{title}'")?;"#,
        r#"concat!("SELECT * FROM notes", " WHERE title = ?");"#,
        r#""SELECT * FROM notes".to_owned() + " WHERE title = ?";"#,
        r#"let mut sql = String::from("SELECT * FROM notes"); sql.push_str(" WHERE id = ?");"#,
        r#"let mut sql = String::from("SELECT * FROM notes"); sql.push_str(if up { " ASC" } else { " DESC" });"#,
        r#"let n = count("SELECT count(*) FROM notes").await? + offset;"#,
        r#"let mut text = String::from("Notes: "); text.push_str(&title);"#,
        r#"tracing::info!("SELECT * FROM notes for {title}");"#,
        r#"format!("selection from {title}");"#,
        r#"["SELECT a FROM b", " WHERE c = ?"].concat();"#,
        r#"["a", &title].concat();"#,
    ]);
}

#[test]
fn secrets_are_recognised_and_placeholders_are_not() {
    // Shorter than real ones, so that nobody who scans this repository takes them for some.
    for secret in [
        "AKIAQ3EGTZ5NLK4HWB2V",
        "ghp_16C7e42F292c6912E7710c83",
        "github_pat_11ABCDE2Y0aBcDeFgHiJkL_mNoPqRs",
        "sk-1234567890",
        "sk-prod-12345",
        "sk-ant-api03-Zk3v9QmXw2",
        "sk_live_4eC39HqLyjWD",
        "xoxb-2345678901-abcdefghij",
        "AIzaSyD4iE2xVSpkLLOXoyqT-RuPwURN3d",
        "Authorization: Bearer mF_9.B5f-4.1JqM",
        "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA1",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.dBjftJeZ4CVPmB92K27uhbUJU1p1r",
        "postgres://notes:hunter2@db.internal/notes",
        "sk-proj-Zk3v9QmXw2LrT8",
        "sk-live-99120",
        "key: sk-4fQ9vT2mZx-81LrW0bN3",
        "sk-550e8400-e29b-41d4-a716-446655440000",
        "postgres://notes:hunter2@localhost/notes",
        "postgres://user:hunter2@example.com/notes",
        "postgres://admin:password@db.internal/notes",
        "Server=db;User=sa;Password=hunter22;",
        "https://hooks.slack.com/services/T024BE7LD/B024BE7LE/8Zf3kQw1",
    ] {
        assert!(secrets::found(secret).is_some(), "{secret}");
        assert_eq!(broken(&format!("{{ {secret:?} }}")), ["secret_literal"], "{secret}");
        assert_eq!(broken(&format!("{{ f(b{secret:?}, &[]) }}")), ["secret_literal"], "{secret}");
    }
    for fine in [
        "sk-…",
        "sk-...",
        "sk-xxxxxxxx1234",
        "sk-your-key-here-123",
        "task-1234567890",
        "sk-bratislava-2024",
        "sk-Bratislava2024",
        "sk-learn-0.24.1",
        "sk-prod-2024",
        "sk-2024-01-15",
        "sk-nearest-neighbours-classifier-0.24.1",
        "postgres://user:password@host",
        "postgres://user:password@localhost/db",
        "postgres://user:pass@db.internal:5432/db",
        "postgres://notes:secret@localhost:5432/db",
        "postgres://notes:changeme@example.com/db",
        "postgres://postgres:postgres@127.0.0.1/db",
        "ghp_",
        "ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "ghp_000000000000000000000000000000000000",
        "AKIAIOSFODNN7EXAMPLE",
        "AKIA",
        "Bearer {token}",
        "Bearer <token>",
        "Bearer tokens are refused",
        "-----BEGIN PRIVATE KEY-----",
        "postgres://localhost/notes",
        "postgres://user@host/notes",
        "postgres://{user}:{password}@{host}",
        "postgres://user:<password>@host",
        "postgres://user:$PASSWORD@host",
        "https://example.org/a:b@c",
        "password=?",
        "password=$1",
        "password=required",
        "UPDATE users SET password=p2.password FROM users p2",
        "the password is wrong",
        "eyJ",
        "550e8400-e29b-41d4-a716-446655440000",
        "a title of a note that is quite long and has no secret in it 1234567890",
    ] {
        assert_eq!(secrets::found(fine), None, "{fine}");
    }
}

#[test]
fn names_tell_secrets_without_a_shape() {
    all_break(
        "secret_literal",
        &[
            r#"let api_key = "9f8e7d6c5b4a39281706f5e4";"#,
            r#"const API_KEY: &str = "9f8e7d6c5b4a39281706f5e4";"#,
            r#"static API_KEY: &'static str = "9f8e7d6c5b4a39281706f5e4";"#,
            r#"self.token = "9f8e7d6c5b4a39281706f5e4".to_owned();"#,
            r#"Login { password: "9f8e7d6c5b4a39281706f5e4" };"#,
        ],
    );
    none_break(&[
        r#"let digest = "9f8e7d6c5b4a39281706f5e4";"#,
        r#"let token = "next";"#,
        r#"let api_key = "<the key of your account, 123>";"#,
        r#"if token == "9f8e7d6c5b4a39281706f5e4" {}"#,
    ]);
}

#[test]
fn messages_do_not_repeat_secrets() {
    let mut errors = Errors::new();
    let tokens = "{ \"ghp_16C7e42F292c6912E7710c83\" }";
    check(tokens.parse().expect("the test's own tokens"), &[], &mut errors);
    let told = errors.finish().to_string();
    assert!(told.contains("a GitHub token") && !told.contains("16C7e42F"), "{told}");
}

#[test]
fn no_help_breaks_the_rule_that_it_is_for() {
    let bodies = [
        "std::fs::read(path)?;",
        "Command::new(name);",
        "Command::new(\"sh\");",
        "std::process::exit(1);",
        "std::env::var(\"KEY\")?;",
        "io::stdout();",
        "println!();",
        "dbg!(count);",
        "AssertSqlSafe(text);",
        "title.leak();",
        "format!(\"SELECT {title} FROM notes\");",
        "title.parse::<u8>().unwrap();",
        "\"ghp_16C7e42F292c6912E7710c83\";",
    ];
    for body in bodies {
        let mut errors = Errors::new();
        let title = Ident::new("title", Span::call_site());
        check(body.parse().expect("the test's own tokens"), &[title], &mut errors);
        let tokens = errors.finish();
        let told: Vec<String> = literals(tokens);
        let [told] = &told[..] else { panic!("{body}: {told:?}") };
        let help = told.split_once("help: ").expect("a line to paste").1;
        assert_eq!(broken(&format!("{{ {help} }}")), [""; 0], "{body}");
    }
}

/// The texts in tokens, at any depth.
fn literals(tokens: TokenStream) -> Vec<String> {
    let texts = tokens.into_iter().flat_map(|token| match token {
        TokenTree::Group(group) => literals(group.stream()),
        TokenTree::Literal(literal) => text(&literal).into_iter().collect(),
        _ => Vec::new(),
    });
    texts.collect()
}

#[test]
fn no_body_makes_the_scan_panic() {
    let bodies = [
        "",
        "::",
        ":: ::",
        "use",
        "use ;",
        "use ::",
        "use {",
        ".unwrap()",
        "? .unwrap()",
        "> .unwrap()",
        "!().unwrap()",
        "::unwrap()",
        "<>::<>().unwrap()",
        "a::<b().unwrap()",
        "-> ().unwrap()",
        "+",
        "a +",
        "a + =",
        "= \"SELECT a FROM b\" +",
        "format!()",
        "format!(\"SELECT ( {\", )",
        "'a .leak()",
        "println!",
        "Command::new()",
        "std",
        "std::",
        "std::fs",
        "use std::{fs::{*, self as _}, , as}",
        "macro_rules!",
        "fn",
        "struct",
        ".push_str(\"DROP TABLE\")",
        "x.push_str()",
        "1.unwrap()",
        "impl Sized + use<'a>",
        "\"{ü\"",
        "format!(\"SELECT (ü{ü}{\")",
        "\"://:@\"",
        "\"sk-ü\"",
    ];
    for body in bodies {
        if let Ok(tokens) = body.parse() {
            let mut errors = Errors::new();
            let title = Ident::new("title", Span::call_site());
            check(tokens, &[title], &mut errors);
            drop(errors.finish());
        }
    }
}
