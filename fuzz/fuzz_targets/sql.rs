//! What `sql!` takes, and what SQLite makes of it: one statement that reads or changes rows, and reads only if
//! it says so.
//!
//! The last line is a word, for all places for words; the rest is the literal.

#![no_main]

use std::sync::{LazyLock, Mutex};

use libfuzzer_sys::fuzz_target;
use rusqlite::fallible_iterator::FallibleIterator;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
use rusqlite::{Batch, Connection, ErrorCode};
use secure_tool_runtime::sql::__private::probe;

static DATABASE: LazyLock<Mutex<Connection>> = LazyLock::new(|| {
    let database = Connection::open_in_memory().expect("memory can be opened");
    let tables =
        "CREATE TABLE notes (id INTEGER PRIMARY KEY, owner TEXT, title TEXT, created TEXT);
                  CREATE TABLE tags (note INTEGER, tag TEXT, owner TEXT);";
    database.execute_batch(tables).expect("tables can be made");
    database.authorizer(Some(judge)).expect("statements can be judged");
    Mutex::new(database)
});

/// What no statement of ours does, whatever it looks like.
fn judge(context: AuthContext<'_>) -> Authorization {
    let beyond = match context.action {
        AuthAction::Select
        | AuthAction::Read { .. }
        | AuthAction::Insert { .. }
        | AuthAction::Update { .. }
        | AuthAction::Delete { .. }
        | AuthAction::Recursive => false,
        AuthAction::Function { function_name } => function_name == "load_extension",
        _ => true,
    };
    if beyond { Authorization::Deny } else { Authorization::Allow }
}

fuzz_target!(|text: &str| {
    let (text, word) = text.rsplit_once('\n').unwrap_or((text, ""));
    let word = Some(word).filter(|word| !word.is_empty());
    for shared in [false, true] {
        let Ok((rendered, facts)) = probe(text, shared, word) else { continue };
        assert!(shared || facts.owned, "nobody's rows");
        assert!(facts.values < 64);
        let bare = without_quotes(&rendered);
        assert!(bare.is_ascii(), "not what both databases read");
        for sign in [";", "--", "/*", "?", "\\", "`", "#", "\0"] {
            assert!(!bare.contains(sign), "{sign}: {rendered}");
        }
        prepare(&rendered, facts.changes, rendered.contains(['\'', '"']));
    }
});

/// What is outside of quotes, with nothing in these.
fn without_quotes(text: &str) -> String {
    let mut quote = None;
    let mut outside = String::new();
    for c in text.chars() {
        match quote {
            Some(open) if open == c => quote = None,
            Some(_) => {}
            None if c == '\'' || c == '"' => {
                quote = Some(c);
                outside.push(' ');
            }
            None => outside.push(c),
        }
    }
    outside
}

fn prepare(rendered: &str, changes: bool, is_quoted: bool) {
    let database = DATABASE.lock().expect("nobody panics with it");
    let mut statements = Batch::new(&database, rendered);
    match statements.next() {
        Ok(Some(statement)) => {
            assert!(changes || statement.readonly(), "it changes data: {rendered}");
            assert_eq!(statement.is_explain(), 0, "{rendered}");
        }
        Ok(None) => panic!("no statement: {rendered}"),
        Err(refused) => {
            let denied = ErrorCode::AuthorizationForStatementDenied;
            // Names in quotes are not looked at: they are the author's.
            assert!(is_quoted || refused.sqlite_error_code() != Some(denied), "beyond: {rendered}");
            return;
        }
    }
    assert!(matches!(statements.next(), Ok(None)), "more than one statement: {rendered}");
}
