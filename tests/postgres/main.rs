//! Statements on a real PostgreSQL server: what a client sends stays a value, what is opened for reading does
//! not write, and a call that ends early leaves nothing behind.

#![allow(clippy::unwrap_used, missing_docs)]

#[path = "../support/mod.rs"]
mod support;
mod tls;

use std::time::{Duration, Instant};

use secure_tool_runtime::Caller;
use secure_tool_runtime::PublicError;
use secure_tool_runtime::sql::{
    Changes, Conflict, Database, Opening, OwnRows, Postgres, ReadOnly, ReadWrite, SqlError,
    Statement, contains,
};
use secure_tool_runtime::{sql, sql_words};
use sqlx::{Executor, Row};
use support::bounded;
use support::postgres::{PASSWORD, PostgresDatabase};

type Reader = Database<ReadOnly, Postgres>;
type Writer = Database<ReadWrite, Postgres>;

const SCRIPT: &str = include_str!("tables.sql");
const ADD: Statement<Changes, OwnRows> =
    sql!("INSERT INTO notes (owner, title) VALUES ({owner}, $1)");

fn caller(name: &str) -> Caller {
    Caller::new(name).unwrap()
}

/// One connection, so that each call gets the one that the last one had.
fn opening(database: &PostgresDatabase) -> Opening<Postgres> {
    Database::postgres(database.url("tools")).connections(1).time_limit(support::PATIENCE)
}

async fn reader(database: &PostgresDatabase) -> Reader {
    opening(database).read_only().await.unwrap()
}

async fn writer(database: &PostgresDatabase) -> Writer {
    opening(database).read_write().await.unwrap()
}

/// All that is kept, as its owner sees it.
async fn content(database: &PostgresDatabase) -> String {
    let rows =
        database.boss().await.fetch_all("SELECT id, owner, title FROM notes ORDER BY id").await;
    let row = |row: sqlx::postgres::PgRow| {
        format!(
            "{} {} {}\n",
            row.get::<i64, _>(0),
            row.get::<String, _>(1),
            row.get::<String, _>(2)
        )
    };
    rows.unwrap().into_iter().map(row).collect()
}

async fn count(db: &Reader) -> i64 {
    let count = db.select(sql!("SELECT count(*) FROM notes", shared = "a test"));
    bounded("a count", count.fetch_one::<(i64,)>()).await.unwrap().0
}

/// How many connections of the test's role work on something.
async fn at_work(database: &PostgresDatabase) -> i64 {
    let query = sqlx::query_scalar(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = $1 AND usename = 'tools' AND state <> 'idle'",
    );
    query.bind(database.name()).fetch_one(&mut database.boss().await).await.unwrap()
}

async fn until_nothing_works(database: &PostgresDatabase) {
    let until = Instant::now() + support::PATIENCE;
    while at_work(database).await > 0 {
        assert!(Instant::now() < until, "it still runs");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn what_clients_send_is_a_value() {
    let Some(database) = PostgresDatabase::new(SCRIPT).await else { return };
    let before = content(&database).await;
    let db = writer(&database).await;
    for text in [
        "'; DROP TABLE notes; --",
        "' OR '1'='1",
        "\\'; DROP TABLE notes; --",
        "$1",
        "{owner}",
        "$$; DROP TABLE notes; $$",
        "'; COPY notes TO PROGRAM 'touch /tmp/owned'; --",
        "%",
        "_",
        "ä\u{202e}\u{0}x",
    ] {
        let echo = db.select(sql!("SELECT $1::text", shared = "a test")).bind(text);
        match echo.fetch_one::<(String,)>().await {
            Ok((back,)) => assert_eq!(back, text),
            // PostgreSQL keeps no NUL.
            Err(error) => {
                assert!(matches!(error, SqlError::Unfit) && text.contains('\0'), "{error}")
            }
        }
        let delete = sql!("DELETE FROM notes WHERE owner = {owner} AND title = $1");
        let deleted = db.change(delete).bind(text).owned_by(&caller("ada")).execute().await;
        assert!(matches!(deleted, Ok(0) | Err(SqlError::Unfit)), "{deleted:?}");
    }
    assert_eq!(content(&database).await, before);
}

/// The order of a list.
enum Order {
    Title,
    Newest,
}
sql_words!(Order { Title => "title", Newest => "id DESC" });

#[tokio::test]
async fn rows_are_those_of_the_caller() {
    let Some(database) = PostgresDatabase::new(SCRIPT).await else { return };
    let db = writer(&database).await;
    let list = sql!(
        "SELECT title FROM notes WHERE owner = {owner} AND title LIKE $1 ORDER BY {order} LIMIT $2"
    );
    let titles = async |who: &str, text: &str, order: Order| {
        let list = db.select(list).like(contains(text)).bind(9_i64).word("order", &order);
        let rows: Vec<(String,)> = list.owned_by(&caller(who)).fetch_all().await.unwrap();
        rows.into_iter().map(|(title,)| title).collect::<Vec<_>>()
    };
    assert_eq!(titles("ada", "", Order::Title).await, ["100% wool", "olives"]);
    assert_eq!(titles("ada", "", Order::Newest).await, ["100% wool", "olives"]);
    assert_eq!(titles("ada", "%", Order::Title).await, ["100% wool"]);
    assert_eq!(titles("ada", "o_i", Order::Title).await, Vec::<String>::new());
    assert_eq!(titles("bob", "", Order::Title).await, ["bass"]);

    let read = sql!("SELECT title FROM notes WHERE id = $1 AND owner = {owner}");
    let one = async |id: i64| {
        db.select(read).bind(id).owned_by(&caller("ada")).fetch_one::<(String,)>().await
    };
    let (foreign, absent) = (one(3).await.unwrap_err(), one(99).await.unwrap_err());
    assert_eq!(format!("{foreign:?}"), format!("{absent:?}"));

    let taken = db.change(ADD).bind("bass").owned_by(&caller("ada")).execute().await.unwrap_err();
    assert!(matches!(taken, SqlError::Conflict(Conflict::Unique)), "{taken}");
    let added = db.change(ADD).bind("cello").owned_by(&caller("ada")).execute().await.unwrap();
    assert_eq!(added, 1);
    assert!(content(&database).await.ends_with("ada cello\n"));
}

#[tokio::test]
async fn what_is_opened_for_reading_does_not_write() {
    let Some(database) = PostgresDatabase::new(SCRIPT).await else { return };
    let before = content(&database).await;
    let db = reader(&database).await;
    let set = sql!("SELECT set_for($1, $2, $3)", shared = "a test");
    let grow = sql!("SELECT grow()", shared = "a test");
    let both =
        sql!("SELECT set_for('transaction_read_only', 'off', true), grow()", shared = "a test");
    for this_transaction in [false, true] {
        for name in ["transaction_read_only", "default_transaction_read_only"] {
            let off = db.select(set).bind(name).bind("off").bind(this_transaction);
            let _ = off.fetch_all::<(String,)>().await;
            let error = db.select(grow).fetch_all::<(i64,)>().await.unwrap_err();
            assert!(error.to_string().contains("25006") && error.public().is_none(), "{error}");
            assert!(db.select(both).fetch_all::<(String, i64)>().await.is_err());
        }
    }
    // In a transaction neither.
    let mut transaction = db.begin().await.unwrap();
    let off = transaction.select(set).bind("transaction_read_only").bind("off").bind(true);
    let _ = off.fetch_all::<(String,)>().await;
    assert!(transaction.select(grow).fetch_all::<(i64,)>().await.is_err());
    drop(transaction);
    // Files are out of reach for the role.
    let error =
        db.select(sql!("SELECT passwords()", shared = "a test")).fetch_all::<(String,)>().await;
    assert!(error.unwrap_err().to_string().contains("42501"));
    assert_eq!(content(&database).await, before);
}

#[tokio::test]
async fn nothing_of_a_call_is_left_on_its_connection() {
    let Some(database) = PostgresDatabase::new(SCRIPT).await else { return };
    let db = writer(&database).await;
    let get = sql!("SELECT get_of($1)", shared = "a test");
    let setting =
        async |name: &str| db.select(get).bind(name).fetch_one::<(String,)>().await.unwrap().0;
    let settings = [
        "search_path",
        "statement_timeout",
        "standard_conforming_strings",
        "default_transaction_read_only",
    ];
    let mut before = Vec::new();
    for name in settings {
        before.push(setting(name).await);
    }
    assert_eq!(before[1..], ["30s", "on", "off"]);
    for (name, value) in settings.iter().zip(["attacker", "0", "off", "on"]) {
        let set = sql!("SELECT set_for($1, $2, false)", shared = "a test");
        let (now,) = db.select(set).bind(*name).bind(value).fetch_one::<(String,)>().await.unwrap();
        assert_eq!(now, value);
    }
    for (name, before) in settings.iter().zip(before) {
        assert_eq!(setting(name).await, before, "{name}");
    }

    db.select(sql!("SELECT lock_it()", shared = "a test")).fetch_one::<(String,)>().await.unwrap();
    let until = Instant::now() + support::PATIENCE;
    loop {
        let held = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = \
             (SELECT oid FROM pg_database WHERE datname = current_database())";
        let held = database.boss().await.fetch_one(held).await.unwrap();
        if held.get::<i64, _>(0) == 0 {
            break;
        }
        assert!(Instant::now() < until, "the lock is still held");
    }
}

#[tokio::test]
async fn a_statement_that_takes_too_long_is_stopped() {
    let Some(database) = PostgresDatabase::new(SCRIPT).await else { return };
    let limit = Duration::from_millis(200);
    let db = opening(&database).time_limit(limit).read_only().await.unwrap();
    for _ in 0..2 {
        for slow in [
            sql!("SELECT nap(600)", shared = "a test"),
            sql!("SELECT count(*)::text FROM generate_series(1, 1000000000000)", shared = "a test"),
        ] {
            let began = Instant::now();
            let error =
                bounded("the limit", db.select(slow).fetch_one::<(String,)>()).await.unwrap_err();
            assert!(matches!(error, SqlError::TimedOut), "{error}");
            assert!(began.elapsed() >= limit, "{:?}", began.elapsed());
        }
    }
    until_nothing_works(&database).await;
    let db = reader(&database).await;
    assert_eq!(count(&db).await, 3);
}

#[tokio::test]
async fn what_nobody_waits_for_is_stopped() {
    let Some(database) = PostgresDatabase::new(SCRIPT).await else { return };
    let before = content(&database).await;
    let db = opening(&database).time_limit(Duration::from_secs(3600)).read_write().await.unwrap();
    let call = async {
        let mut transaction = db.begin().await.unwrap();
        transaction.change(ADD).bind("half").owned_by(&caller("ada")).execute().await.unwrap();
        transaction
            .select(sql!("SELECT nap(600)", shared = "a test"))
            .fetch_one::<(String,)>()
            .await
            .unwrap();
        transaction.commit().await.unwrap();
    };
    assert!(tokio::time::timeout(Duration::from_millis(500), call).await.is_err());
    // Another connection takes its place at once.
    assert_eq!(count(&db.reading()).await, 3);
    until_nothing_works(&database).await;
    // Its locks are gone with it.
    let again = db.change(ADD).bind("half").owned_by(&caller("bob"));
    assert_eq!(bounded("the lock", again.execute()).await.unwrap(), 1);
    assert_eq!(content(&database).await.replace("5 bob half\n", ""), before);
}

#[tokio::test]
async fn rows_and_bytes_are_counted() {
    let Some(database) = PostgresDatabase::new(SCRIPT).await else { return };
    let db = opening(&database).max_rows(10).max_bytes(10_000).read_only().await.unwrap();
    let rows = sql!("SELECT generate_series(1, $1::bigint)", shared = "a test");
    assert_eq!(db.select(rows).bind(10_i64).fetch_all::<(i64,)>().await.unwrap().len(), 10);
    let text = sql!("SELECT repeat('x', $1::int)", shared = "a test");
    assert!(db.select(text).bind(10_000_i32).fetch_one::<(String,)>().await.is_ok());
    for _ in 0..3 {
        let many = db.select(rows).bind(1_000_000_000_000_i64);
        let error = bounded("a refusal", many.fetch_all::<(i64,)>()).await.unwrap_err();
        assert!(matches!(error, SqlError::TooMuch), "{error}");
        let error = db.select(text).bind(10_001_i32).fetch_one::<(String,)>().await.unwrap_err();
        assert!(matches!(error, SqlError::TooMuch), "{error}");
        assert_eq!(count(&db).await, 3);
    }
    until_nothing_works(&database).await;
}

#[tokio::test]
async fn nothing_is_kept_after_a_statement_that_failed() {
    let Some(database) = PostgresDatabase::new(SCRIPT).await else { return };
    let before = content(&database).await;
    let db = writer(&database).await;
    let mut transaction = db.begin().await.unwrap();
    let mut add = async |title: &str| {
        transaction.change(ADD).bind(title).owned_by(&caller("ada")).execute().await
    };
    add("one").await.unwrap();
    add("one").await.unwrap_err();
    add("two").await.unwrap_err();
    // PostgreSQL would roll back and call it a success.
    transaction.commit().await.unwrap_err();
    let mut transaction = db.begin().await.unwrap();
    transaction.change(ADD).bind("dropped").owned_by(&caller("ada")).execute().await.unwrap();
    drop(transaction);
    assert_eq!(count(&db.reading()).await, 3);
    assert_eq!(content(&database).await, before);
}

/// Nine, in three places: 729 statements.
enum Nine {
    A,
    B,
    C,
    D,
    E,
    F,
    G,
    H,
    I,
}
sql_words!(Nine {
    A => "1", B => "2", C => "3", D => "4", E => "5", F => "6", G => "7", H => "8", I => "9",
});

#[tokio::test]
async fn prepared_statements_do_not_pile_up() {
    use Nine::{A, B, C, D, E, F, G, H, I};
    let Some(database) = PostgresDatabase::new(SCRIPT).await else { return };
    let db = reader(&database).await;
    let all = [A, B, C, D, E, F, G, H, I];
    for a in &all {
        for b in &all {
            let query = db.select(sql!("SELECT {a} + {b}", shared = "a test"));
            query.word("a", a).word("b", b).fetch_one::<(i32,)>().await.unwrap();
        }
    }
    let prepared = db.select(sql!("SELECT count(*) FROM prepared", shared = "a test"));
    let (prepared,) = prepared.fetch_one::<(i64,)>().await.unwrap();
    assert!(prepared > 1 && prepared <= 65, "{prepared}");
}

#[tokio::test]
async fn a_server_that_does_not_answer_is_not_waited_for() {
    let Some(database) = PostgresDatabase::alone(SCRIPT).await else { return };
    let db = opening(&database).time_limit(Duration::from_millis(300)).read_only().await.unwrap();
    assert_eq!(count(&db).await, 3);
    database.server.pause();
    let began = Instant::now();
    for _ in 0..2 {
        let read = db.select(sql!("SELECT count(*) FROM notes", shared = "a test"));
        let error = bounded("an answer", read.fetch_one::<(i64,)>()).await.unwrap_err();
        assert!(matches!(error, SqlError::TimedOut | SqlError::Busy), "{error}");
    }
    assert!(began.elapsed() < support::PATIENCE, "{:?}", began.elapsed());
    database.server.go_on();
    let until = Instant::now() + support::PATIENCE;
    while db.select(sql!("SELECT 1", shared = "a test")).fetch_one::<(i32,)>().await.is_err() {
        assert!(Instant::now() < until, "it does not recover");
    }
}

#[tokio::test]
async fn it_starts_only_for_roles_that_are_restricted() {
    let Some(database) = PostgresDatabase::new(SCRIPT).await else { return };
    for role in ["boss", "files", "nobody"] {
        for url in [database.url(role), database.url(role).replace(PASSWORD, "CANARY-wrong")] {
            let opened = Database::postgres(url).connections(1).time_limit(support::PATIENCE);
            assert!(!format!("{opened:?}").contains("CANARY"));
            let error = opened.read_only().await.unwrap_err().to_string();
            assert!(error.contains("help: ") && !error.contains("CANARY"), "{error}");
        }
    }
    let wrong = database.url("tools").replace(PASSWORD, "CANARY-wrong");
    let error = Database::postgres(wrong).read_write().await.unwrap_err();
    assert!(!format!("{error:?} {error}").contains("CANARY"), "{error:?}");
}

#[tokio::test]
async fn urls_that_are_not_safe_do_not_start() {
    // Refused before anything is connected to: the hosts do not exist.
    for (url, says) in [
        ("postgres://u:CANARY@db.example.invalid/x?sslmode=disable", "less than a verified server"),
        ("postgres://u:CANARY@db.example.invalid/x?sslmode=require", "less than a verified server"),
        ("postgres://u:CANARY@10.0.0.1/x?sslmode=verify-ca", "less than a verified server"),
        ("postgres://u:CANARY@db.example.invalid/x?sslmod=verify-full", "not known"),
        ("postgres://u:CANARY@localhost/x?options=-c%20statement_timeout=0", "not known"),
        ("postgres://u:CA?NARY@localhost/x", "not "),
        ("postgres://u:CANARY@localhost:port/x", "not valid"),
        ("mysql://u:CANARY@localhost/x", "not valid"),
        ("CANARY", "not valid"),
        ("", "not valid"),
    ] {
        let opening = Database::postgres(url).time_limit(Duration::from_millis(100));
        assert!(!format!("{opening:?}").contains("CANARY"));
        let error = opening.read_only().await.unwrap_err();
        let text = format!("{error:?} {error}");
        assert!(
            text.contains(says) && text.contains("help: ") && !text.contains("NARY"),
            "{url}: {text}"
        );
    }
}
