//! What is a statement.

use super::super::literal::Statement;
use super::super::literal::check::{facts, word};
use super::super::{OwnRows, Reads};
use super::*;
use crate::sql_words;

fn refused(text: &str) -> &'static str {
    match facts(text, true) {
        Err(wrong) => wrong,
        Ok(_) => panic!("allowed: {text}"),
    }
}

#[test]
fn one_statement_that_reads_or_changes_rows() {
    for text in [
        "",
        "  ",
        "COMMIT",
        "BEGIN",
        "ROLLBACK",
        "SAVEPOINT a",
        "RELEASE a",
        "END",
        "ABORT",
        "ATTACH DATABASE 'x' AS y",
        "DETACH y",
        "PRAGMA writable_schema = ON",
        "VACUUM INTO 'x'",
        "VACUUM",
        "REINDEX",
        "ANALYZE",
        "EXPLAIN SELECT 1",
        "CREATE TABLE a (b)",
        "DROP TABLE a",
        "ALTER TABLE a ADD b",
        "COPY a TO PROGRAM 'x'",
        "SET ROLE a",
        "RESET ALL",
        "DO 'x'",
        "CALL a()",
        "LISTEN a",
        "NOTIFY a",
        "LOCK a",
        "TRUNCATE a",
        "GRANT a TO b",
        "DECLARE a CURSOR FOR SELECT 1",
        "EXECUTE a",
        "PREPARE a AS SELECT 1",
        "(SELECT 1)",
        "'SELECT'",
        "SELECTx",
        "\"SELECT\"",
    ] {
        assert!(refused(text).starts_with("a statement begins with"), "{text}");
    }
    for text in [
        "SELECT 1; DROP TABLE notes",
        "SELECT 1;",
        ";SELECT 1",
        "SELECT 1;\0",
        "COMMIT; SELECT 1",
        "SELECT 1 -- all",
        "SELECT /* x */ 1",
        "SELECT 1 --",
        "SELECT 1 /*",
        "SELECT $$;$$",
        "SELECT $a$ x $a$",
        "SELECT E'\\'' ",
        "SELECT x'00'",
        "SELECT U&\"\"",
        "SELECT u&''",
        "SELECT 'open",
        "SELECT \"open",
        "SELECT 'a''",
        "SELECT ?",
        "SELECT ?1",
        "SELECT :name",
        "SELECT @name",
        "SELECT $name",
        "SELECT $0",
        "SELECT $64",
        "SELECT $1x",
        "SELECT $99999999999999999999",
        "SELECT $1, $3",
        "SELECT $2",
        "SELECT `a`",
        "SELECT 1 # x",
        "SELECT \\",
        "SELECT ä",
        "SELECT \0 1",
        "SELECT {",
        "SELECT {}",
        "SELECT {a b}",
        "SELECT {owner",
        "SELECT }",
        "SELECT (1",
        "SELECT 1)",
        "SELECT )(",
        "SELECT * INTO t FROM notes",
    ] {
        refused(text);
    }
    for text in [
        "SELECT 1",
        "select 1",
        " \n SELECT 1 \n",
        "VALUES (1)",
        "WITH a AS (SELECT 1) SELECT * FROM a",
        "SELECT ';', ';;', 'it''s; -- not', \"a;b\" FROM t",
        "SELECT '{a}', '$9', '?', ':x'",
        "SELECT a::int, b->>'c', d @> $1 FROM t",
        "SELECT t.a - 1 FROM t",
        "SELECT a / b * c FROM t",
        "INSERT INTO t (a) VALUES ($1) RETURNING id",
        "DELETE FROM t WHERE a = $1 AND b = $1",
        "SELECT [1]",
        "SELECT replace(a, 'b', 'c') FROM t",
        "SELECT extract(year FROM a) FROM t",
    ] {
        assert!(facts(text, true).is_ok(), "{:?}: {text}", facts(text, true));
    }
}

#[test]
fn nothing_that_reaches_beyond_the_tables() {
    for text in [
        "SELECT load_extension($1)",
        "SELECT LOAD_EXTENSION('x')",
        "SELECT readfile('/etc/passwd')",
        "SELECT writefile('x', $1)",
        "SELECT pg_read_file('/etc/passwd')",
        "SELECT pg_catalog.pg_read_file('x')",
        "SELECT pg_sleep(10)",
        "SELECT lo_import('/etc/passwd')",
        "SELECT lo_export(1, 'x')",
        "SELECT set_config('a', 'b', false)",
        "SELECT dblink($1)",
        "SELECT * FROM dblink_connect('x')",
        "SELECT query_to_xml($1, true, true, '')",
        "SELECT sql FROM sqlite_schema",
        "DELETE FROM sqlite_master",
        "SELECT * FROM pragma_database_list",
        "SELECT * FROM sqlite_dbpage",
        "SELECT fts3_tokenizer('a', $1)",
        "SELECT pg_terminate_backend(1)",
        "SELECT pg_advisory_lock(1)",
        "SELECT \"pg_read_file\"('/etc/passwd')",
        "SELECT \"pg_catalog\".\"PG_READ_FILE\"('x')",
        "SELECT \"load_extension\"($1)",
        "SELECT sql FROM \"sqlite_schema\"",
        "SELECT sql FROM 'sqlite_schema'",
        "SELECT sql FROM [sqlite_schema]",
    ] {
        assert!(refused(text).starts_with("this reaches beyond"), "{text}");
    }
}

#[test]
fn changes_are_told_from_reading() {
    for text in [
        "INSERT INTO t (a) VALUES (1)",
        "UPDATE t SET a = 1",
        "delete from t",
        "REPLACE INTO t (a) VALUES (1)",
        "WITH a AS (DELETE FROM t RETURNING b) SELECT * FROM a",
        "WITH a AS (SELECT 1) INSERT INTO t SELECT * FROM a",
        "SELECT * FROM t FOR UPDATE",
        "MERGE INTO t USING s ON (a = b) WHEN MATCHED THEN DELETE",
    ] {
        assert!(facts(text, true).unwrap().changes, "{text}");
    }
    for text in ["SELECT 'DELETE', \"UPDATE\" FROM t", "SELECT replace(a, 'INSERT', '') FROM t"] {
        assert!(!facts(text, true).unwrap().changes, "{text}");
    }
}

#[test]
fn patterns_stand_after_like() {
    assert_eq!(
        facts("SELECT a FROM t WHERE a LIKE $2 AND b = $1 AND c like $3", true).unwrap().patterns,
        0b1100
    );
    assert_eq!(facts("SELECT a FROM t WHERE a LIKE 'x%' AND b = $1", true).unwrap().patterns, 0);
    for text in [
        "SELECT a FROM t WHERE a LIKE '%' || $1",
        "SELECT a FROM t WHERE a LIKE '%''' || $1",
        "SELECT a FROM t WHERE a LIKE $1 || '%'",
        "SELECT a FROM t WHERE a LIKE ($1)",
        "SELECT a FROM t WHERE a LIKE b",
        "SELECT a FROM t WHERE a LIKE $1 ESCAPE 'x'",
        "SELECT a FROM t WHERE a LIKE",
        "SELECT a FROM t WHERE a GLOB $1",
        "SELECT a FROM t WHERE a REGEXP $1",
        "SELECT a FROM t WHERE a SIMILAR TO $1",
        "SELECT a FROM t WHERE a ~ $1",
        "SELECT a FROM t WHERE a ~* $1",
        "SELECT a FROM t WHERE a !~ $1",
        "SELECT a FROM t WHERE a !~* $1",
        "SELECT a FROM t WHERE like($1, a)",
        "SELECT a FROM t WHERE \"like\"($1, a)",
        "SELECT a FROM t WHERE glob($1, a)",
        "SELECT a FROM t WHERE \"glob\" ($1, a)",
        "SELECT a FROM t WHERE regexp($1, a)",
        "SELECT a FROM t WHERE regexp_like(a, $1)",
        "SELECT a FROM t WHERE pg_catalog.regexp_matches(a, $1)",
        "SELECT a FROM t WHERE a MATCH $1",
        "SELECT a FROM t WHERE a MATCH ($1)",
        "SELECT a FROM t WHERE a MATCH lower($1)",
        "SELECT a FROM t WHERE a MATCH 'x' || $1",
        "SELECT a FROM t WHERE a GLOB '*' || $1",
        "SELECT a FROM t WHERE match(a, $1)",
    ] {
        refused(text);
    }
    for text in [
        "SELECT 2 * $1",
        "SELECT a FROM t WHERE a MATCH 'x' AND b GLOB 'y*'",
        "INSERT INTO match (a) VALUES ($1)",
        "SELECT match FROM glob JOIN regexp ON (a = b) WHERE match.match IN ($1)",
    ] {
        assert!(facts(text, true).is_ok(), "{:?}: {text}", facts(text, true));
    }
}

#[test]
fn words_are_names_and_expressions() {
    for text in [
        "title",
        "created DESC, id",
        "lower(title) COLLATE NOCASE",
        "\"a b\"",
        "notes.title ASC NULLS LAST",
        "length(a) * 2",
        "CASE a WHEN 1 THEN 2 ELSE 3 END DESC",
    ] {
        assert_eq!(word(text), Ok(()), "{text}");
    }
    for text in [
        "",
        " ",
        "a; b",
        "a -- b",
        "$1",
        "{b}",
        "a)",
        "(a",
        "a OR b",
        "(SELECT 1)",
        "a FROM b",
        "a WHERE b",
        "a LIKE 'b'",
        "'a",
        "a UNION b",
        "pg_sleep(1)",
        "load_extension('x')",
        "a LIMIT 1",
        "?",
        // What would take in what stands around it.
        "a BETWEEN 1",
        "CASE WHEN a",
        "LEFT",
        "FULL OUTER",
        "TABLE t",
        "a GLOB",
        "\"glob\"",
        "regexp_like",
        "a SIMILAR TO",
        "\"pg_sleep\"(1)",
    ] {
        assert!(word(text).is_err(), "{text}");
    }
}

#[test]
fn any_text_is_read_to_its_end() {
    use proptest::prelude::*;
    proptest!(|(text in r#"(SELECT |DELETE |\{owner\}|= |OR |LIKE |[(){};'"$?a1 -]|\PC){0,40}"#)| {
        // Neither a panic nor an endless loop: the compiler would report either badly.
        let _ = (facts(&text, true), facts(&text, false), word(&text));
    });
}

/// The order of a list.
enum Order {
    Title,
    Newest,
}
sql_words!(Order { Title => "title COLLATE NOCASE", Newest => "id DESC" });

const LIST: Statement<Reads, OwnRows> = sql!(
    "SELECT title FROM notes WHERE owner = {owner} AND title LIKE $1 ORDER BY {order} LIMIT $2"
);

#[test]
fn what_is_rendered() {
    use super::super::literal::Words;
    let text = LIST.render(&[("order", Order::Newest.word())]).unwrap();
    assert_eq!(
        text,
        r"SELECT title FROM notes WHERE owner = $3 AND title LIKE $1 ESCAPE '\' ORDER BY id DESC LIMIT $2"
    );
    assert!(LIST.render(&[]).is_err(), "a name without a word");
    assert!(LIST.render(&[("other", Order::Title.word())]).is_err());
    let plain = sql!("SELECT '{order}', 'x LIKE $1' FROM notes", shared = "a test");
    assert_eq!(plain.render(&[]).unwrap(), "SELECT '{order}', 'x LIKE $1' FROM notes");
}

#[tokio::test]
async fn choices_of_clients_are_words_of_ours() {
    let kept = Kept::new().await;
    let db = kept.writer().await;
    let list = async |order: Order| {
        let list = db.select(LIST).word("order", &order).like(sql::contains("o")).bind(9_i64);
        let rows: Vec<(String,)> = list.owned_by(&ada()).fetch_all().await.unwrap();
        rows.into_iter().map(|(title,)| title).collect::<Vec<_>>()
    };
    assert_eq!(list(Order::Title).await, ["100% wool", "olives"]);
    assert_eq!(list(Order::Newest).await, ["100% wool", "olives"]);
}
