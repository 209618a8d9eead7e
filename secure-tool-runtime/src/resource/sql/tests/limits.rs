//! Time, rows, bytes, connections; and what becomes of them when a call ends early.

use std::time::{Duration, Instant};

use super::super::{Access, Changes, OwnRows, Reads, SharedRows, SqlError, Statement};
use super::*;
use crate::sql_words;

const BOMB: &str =
    "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c";
const ADD: Statement<Changes, OwnRows> =
    sql!("INSERT INTO notes (owner, title) VALUES ({owner}, $1)");

fn bomb() -> Statement<Reads, SharedRows> {
    let bomb = sql!(
        "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c",
        shared = "a test"
    );
    assert_eq!(bomb.text, BOMB);
    bomb
}

async fn count<A: Access>(db: &Database<A>) -> i64 {
    let count = db.select(sql!("SELECT count(*) FROM notes", shared = "a test"));
    count.fetch_one::<(i64,)>().await.unwrap().0
}

#[tokio::test]
async fn a_statement_that_takes_too_long_is_stopped() {
    let kept = Kept::new().await;
    let limit = Duration::from_millis(100);
    let db = kept.opening().connections(1).time_limit(limit).read_only().await.unwrap();
    for _ in 0..3 {
        let began = Instant::now();
        let error = db.select(bomb()).fetch_one::<(i64,)>().await.unwrap_err();
        let took = began.elapsed();
        assert!(matches!(error, SqlError::TimedOut), "{error}");
        assert!(took >= limit && took < Duration::from_secs(5), "{took:?}");
        // The only connection serves again at once: nothing runs on.
        assert_eq!(count(&db).await, 3);
    }
}

#[tokio::test]
async fn a_call_that_is_cancelled_frees_its_connection() {
    let kept = Kept::new().await;
    let db = kept
        .opening()
        .connections(1)
        .time_limit(Duration::from_secs(600))
        .read_only()
        .await
        .unwrap();
    for _ in 0..3 {
        let call = db.select(bomb()).fetch_one::<(i64,)>();
        assert!(tokio::time::timeout(Duration::from_millis(50), call).await.is_err());
        let next = tokio::time::timeout(Duration::from_secs(10), count(&db)).await;
        assert_eq!(next.expect("the bomb still runs"), 3);
    }
}

#[tokio::test]
async fn a_database_in_memory_outlives_a_cancelled_call() {
    let db = Database::sqlite_in_memory().read_write().await.unwrap().schema(SCHEMA).await.unwrap();
    let call = db.select(bomb()).fetch_one::<(i64,)>();
    assert!(tokio::time::timeout(Duration::from_millis(50), call).await.is_err());
    assert_eq!(count(&db).await, 3);
}

#[tokio::test]
async fn what_a_cancelled_transaction_began_is_undone() {
    let kept = Kept::new().await;
    let before = kept.content().await;
    let db = kept
        .opening()
        .connections(1)
        .time_limit(Duration::from_secs(600))
        .read_write()
        .await
        .unwrap();
    let call = async {
        let mut transaction = db.begin().await.unwrap();
        transaction.change(ADD).bind("half").owned_by(&ada()).execute().await.unwrap();
        transaction.select(bomb()).fetch_one::<(i64,)>().await.unwrap();
        transaction.commit().await.unwrap();
    };
    assert!(tokio::time::timeout(Duration::from_millis(100), call).await.is_err());
    assert_eq!(count(&db).await, 3);
    // Neither a lock nor a transaction is left.
    let mut transaction = db.begin().await.unwrap();
    transaction.change(ADD).bind("whole").owned_by(&ada()).execute().await.unwrap();
    transaction.commit().await.unwrap();
    assert_eq!(count(&db).await, 4);
    assert_ne!(kept.content().await, before);
}

#[tokio::test]
async fn a_transaction_is_kept_as_a_whole() {
    let kept = Kept::new().await;
    let db = kept.opening().connections(1).read_write().await.unwrap();
    let dropped = async {
        let mut transaction = db.begin().await?;
        transaction.change(ADD).bind("one").owned_by(&ada()).execute().await?;
        transaction.change(ADD).bind("one").owned_by(&ada()).execute().await?;
        transaction.commit().await
    };
    assert!(matches!(dropped.await, Err(SqlError::Conflict(_))));
    assert_eq!(count(&db).await, 3);
    // After a statement that failed nothing is kept, whatever the author does about it.
    let mut transaction = db.begin().await.unwrap();
    transaction.change(ADD).bind("two").owned_by(&ada()).execute().await.unwrap();
    transaction.change(ADD).bind("two").owned_by(&ada()).execute().await.unwrap_err();
    transaction.change(ADD).bind("three").owned_by(&ada()).execute().await.unwrap_err();
    transaction.commit().await.unwrap_err();
    assert_eq!(count(&db).await, 3);
}

/// SQLite asks the gate now and then, also in statements as short as a ROLLBACK.
#[tokio::test]
async fn what_is_undone_is_not_stopped_by_the_end_of_its_call() {
    let kept = Kept::new().await;
    let db = kept.opening().connections(1).read_write().await.unwrap();
    for _ in 0..1500 {
        let mut transaction = db.begin().await.unwrap();
        transaction.change(ADD).bind("x").owned_by(&ada()).execute().await.unwrap();
        drop(transaction);
    }
    let db = db
        .schema("CREATE TABLE many (a); INSERT INTO many SELECT 1 FROM notes, notes, notes")
        .await
        .unwrap();
    assert_eq!(count(&db).await, 3);
}

#[tokio::test]
async fn rows_and_bytes_are_counted() {
    let kept = Kept::new().await;
    let rows = sql!(
        "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c LIMIT $1) SELECT x FROM c",
        shared = "a test"
    );
    let db =
        kept.opening().connections(1).max_rows(10).max_bytes(10_000).read_only().await.unwrap();
    assert_eq!(db.select(rows).bind(10_i64).fetch_all::<(i64,)>().await.unwrap().len(), 10);
    for many in [11_i64, 1_000_000_000_000] {
        let error = db.select(rows).bind(many).fetch_all::<(i64,)>().await.unwrap_err();
        assert!(matches!(error, SqlError::TooMuch), "{error}");
        assert_eq!(count(&db).await, 3, "the connection serves again");
    }
    let error = db.select(rows).bind(2_i64).fetch_optional::<(i64,)>().await.unwrap_err();
    assert!(matches!(error, SqlError::TooMuch), "{error}");

    for statement in [
        sql!("SELECT zeroblob($1)", shared = "a test"),
        sql!("SELECT hex(zeroblob($1 / 2))", shared = "a test"),
        sql!("SELECT zeroblob($1 / 2) FROM notes LIMIT 2", shared = "a test"),
    ] {
        let rows = db.select(statement).bind(10_000_i64).fetch_all::<Any>().await;
        assert!(rows.is_ok(), "{:?}", rows.err());
        let error = db.select(statement).bind(10_002_i64).fetch_all::<Any>().await.unwrap_err();
        assert!(matches!(error, SqlError::TooMuch), "{error}");
    }
    let error = db
        .select(sql!("SELECT zeroblob(2000000000)", shared = "a test"))
        .fetch_all::<Any>()
        .await
        .unwrap_err();
    assert!(matches!(error, SqlError::Unfit), "{error}");
    assert_eq!(count(&db).await, 3);
}

/// A row that nobody looks into.
#[derive(Debug)]
struct Any;
impl<'r> sqlx::FromRow<'r, sqlx::sqlite::SqliteRow> for Any {
    fn from_row(_: &'r sqlx::sqlite::SqliteRow) -> sqlx::Result<Self> {
        Ok(Any)
    }
}

#[tokio::test]
async fn connections_are_few_and_waiting_ends() {
    let kept = Kept::new().await;
    let limit = Duration::from_millis(200);
    let db = kept.opening().connections(2).time_limit(limit).read_only().await.unwrap();
    let held = (db.begin().await.unwrap(), db.begin().await.unwrap());
    let error = db.begin().await.unwrap_err();
    assert!(matches!(error, SqlError::Busy), "{error}");
    assert_eq!(db.pool.size(), 2);
    drop(held);
    assert_eq!(count(&db).await, 3);
}

#[tokio::test]
async fn a_lock_is_not_waited_for_for_ever() {
    let kept = Kept::new().await;
    let db = kept.opening().time_limit(Duration::from_millis(200)).read_write().await.unwrap();
    let other = db.begin().await.unwrap();
    let error = db.change(ADD).bind("x").owned_by(&ada()).execute().await.unwrap_err();
    assert!(matches!(error, SqlError::Busy), "{error}");
    drop(other);
    let added = db.change(ADD).bind("x").owned_by(&ada());
    added.execute().await.unwrap();
}

/// Twelve in three places: 1728 statements.
enum Twelve {
    A,
    B,
    C,
    D,
    E,
    F,
    G,
    H,
    I,
    J,
    K,
    L,
}
sql_words!(Twelve {
    A => "1", B => "2", C => "3", D => "4", E => "5", F => "6", G => "7", H => "8", I => "9", J => "10", K => "11", L => "12",
});

#[tokio::test]
async fn prepared_statements_do_not_pile_up() {
    use Twelve::*;
    let kept = Kept::new().await;
    let db = kept.opening().connections(1).read_only().await.unwrap();
    let statement = sql!("SELECT {a}, {b}, {c}", shared = "a test");
    let all = [A, B, C, D, E, F, G, H, I, J, K, L];
    for a in &all {
        for b in &all {
            let query = db.select(statement).word("a", a).word("b", b).word("c", b);
            query.fetch_one::<(i64, i64, i64)>().await.unwrap();
        }
    }
    let kept = sqlx::Connection::cached_statements_size(&*db.pool.acquire().await.unwrap());
    assert!(kept > 1 && kept <= super::super::sqlite::PREPARED, "{kept}");
}
