//! What a body says: statements and secrets.

use super::*;

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
