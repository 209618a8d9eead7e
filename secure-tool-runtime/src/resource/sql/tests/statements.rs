//! What is a statement.

use super::super::literal::check::{facts, word};
use super::super::literal::{Facts, Statement};
use super::super::{OwnRows, Reads};
use super::*;
use crate::sql_words;

fn refused(text: &str) -> &'static str {
    match facts(text, true) {
        Err(wrong) => wrong,
        Ok(_) => panic!("allowed: {text}"),
    }
}

fn unowned(text: &str) -> &'static str {
    assert!(facts(text, true).is_ok(), "{:?}: {text}", facts(text, true));
    match facts(text, false) {
        Err(wrong) => wrong,
        Ok(_) => panic!("allowed: {text}"),
    }
}

fn owned(text: &str) -> Facts {
    facts(text, false).unwrap_or_else(|wrong| panic!("{wrong}: {text}"))
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
fn rows_have_an_owner_or_a_reason() {
    for text in [
        "SELECT a FROM t",
        "SELECT a FROM t WHERE id = $1",
        "DELETE FROM t",
        "UPDATE t SET a = $1 WHERE id = $2",
        "INSERT INTO t (a) VALUES ($1)",
        "SELECT '{owner}' FROM t",
        // Named, but not so that it decides which rows.
        "SELECT {owner} FROM t",
        "UPDATE t SET owner = {owner}",
        "UPDATE t SET owner = {owner} WHERE id = $1",
        "SELECT a FROM t ORDER BY owner = {owner}",
        "SELECT a FROM t WHERE owner <> {owner}",
        "SELECT a FROM t WHERE owner != {owner}",
        "SELECT a FROM t WHERE owner >= {owner}",
        "SELECT a FROM t WHERE NOT owner = {owner}",
        "SELECT a FROM t WHERE owner > {owner}",
        "SELECT a FROM t WHERE owner IN (a, {owner})",
        // Turned into another condition.
        "SELECT a FROM t WHERE NOT (owner = {owner})",
        "SELECT a FROM t WHERE NOT t.owner = {owner}",
        "SELECT a FROM t WHERE NOT ((owner = {owner}))",
        "SELECT a FROM t WHERE owner = {owner} IS NOT TRUE",
        "SELECT a FROM t WHERE owner = {owner} = 0",
        "SELECT a FROM t WHERE (owner = {owner}) = 0",
        "SELECT a FROM t WHERE (owner = {owner})::int = 0",
        "SELECT a FROM t WHERE (owner = {owner} AND a = 1) IS NOT TRUE",
        "SELECT a FROM t WHERE 1 - owner = {owner}",
        "SELECT a FROM t WHERE 0 = owner = {owner}",
        "SELECT a FROM t WHERE a = $1 AND 1 - owner = {owner}",
        "SELECT a FROM t WHERE owner = {owner} || $1",
        "SELECT a FROM t WHERE owner = {owner} COLLATE NOCASE",
        "SELECT a FROM t WHERE owner == {owner}",
        "SELECT a FROM t WHERE coalesce(owner = {owner}, 1)",
        "SELECT a FROM t WHERE coalesce((owner = {owner}), 1)",
        "SELECT a FROM t WHERE lower(owner) = {owner}",
        "SELECT a FROM t WHERE (owner = {owner}, 1) IS NOT NULL",
        "SELECT a FROM t WHERE CASE WHEN owner = {owner} THEN 0 ELSE 1 END",
        "SELECT a FROM t WHERE CASE WHEN a AND owner = {owner} THEN 0 ELSE 1 END",
        "SELECT a FROM t WHERE CASE WHEN (owner = {owner}) THEN 0 ELSE 1 END",
        "SELECT a FROM t WHERE CASE WHEN a THEN 1 END AND NOT (owner = {owner})",
        "SELECT a FROM t WHERE x BETWEEN 0 AND owner = {owner}",
        "SELECT a FROM t WHERE x BETWEEN CASE WHEN a AND b THEN 1 END AND owner = {owner}",
        "SELECT a FROM t WHERE [x AND owner = {owner} AND y]",
        // The client says who it is.
        "SELECT a FROM t WHERE id = $1 AND $2 = {owner}",
        "SELECT a FROM t WHERE 'ada' = {owner}",
        "SELECT a FROM t WHERE {column} = {owner}",
        "SELECT a FROM t WHERE {owner} = {owner}",
        // In no WHERE of its own.
        "SELECT DISTINCT ON (owner = {owner}) a FROM t",
        "SELECT a FROM t GROUP BY a HAVING owner = {owner}",
        "SELECT count(*) FILTER (WHERE owner = {owner}), count(*) FROM t",
        "SELECT sum(a) OVER (PARTITION BY owner = {owner}) FROM t",
        "SELECT owner = {owner} FROM t",
        "SELECT (SELECT count(*) FROM t WHERE owner = {owner}) FROM t",
        "MERGE INTO t USING s ON (t.owner = {owner}) WHEN MATCHED THEN DELETE",
        "MERGE INTO t USING s ON (a = b) WHEN MATCHED AND t.owner = {owner} THEN DELETE",
        // Joined to everybody's.
        "SELECT a FROM t LEFT JOIN u ON u.owner = {owner}",
        "SELECT a FROM t LEFT OUTER JOIN u ON u.owner = {owner}",
        "SELECT a FROM t OUTER LEFT NATURAL JOIN u ON u.owner = {owner}",
        "SELECT a FROM t LEFT JOIN u ON (u.id = t.id AND u.owner = {owner})",
        "SELECT a FROM t RIGHT JOIN u ON t.owner = {owner}",
        "SELECT a FROM t FULL OUTER JOIN u ON t.owner = {owner}",
        "SELECT a FROM t JOIN u ON u.owner = {owner} RIGHT JOIN v ON v.id = u.id",
        "SELECT a FROM t LEFT JOIN u JOIN v ON v.owner = {owner} ON u.id = t.id",
        "SELECT a FROM t LEFT JOIN (u JOIN v ON v.owner = {owner}) ON u.id = t.id",
        "SELECT a FROM t LEFT JOIN (SELECT id FROM u WHERE owner = {owner}) AS u ON u.id = t.id",
        "SELECT a FROM (SELECT id FROM u WHERE owner = {owner}) AS u RIGHT JOIN t ON u.id = t.id",
        "UPDATE t SET a = 1 FROM u JOIN v ON v.owner = {owner}",
        // Within a subquery that leaves out something else.
        "SELECT a FROM t WHERE NOT EXISTS (SELECT 1 FROM u WHERE owner = {owner})",
        "SELECT a FROM t WHERE id NOT IN (SELECT id FROM t WHERE owner = {owner})",
        "SELECT a FROM t WHERE id <> (SELECT id FROM t WHERE owner = {owner})",
        "SELECT a FROM t WHERE id = (SELECT id FROM t WHERE owner = {owner}) IS NOT TRUE",
        "SELECT a FROM t WHERE id = $1 OR id IN (SELECT id FROM t WHERE owner = {owner})",
        "SELECT a FROM t ORDER BY (SELECT id FROM u WHERE owner = {owner})",
        "SELECT a FROM t WHERE EXISTS (SELECT count(*) FROM u WHERE owner = {owner})",
        "SELECT a FROM t WHERE EXISTS (SELECT 1 FROM u WHERE owner = {owner} HAVING 1)",
        "SELECT a FROM t WHERE id IN (SELECT $1 FROM u WHERE owner = {owner})",
        "SELECT a FROM t WHERE id = (SELECT coalesce(max(id), $1) FROM u WHERE owner = {owner})",
        "SELECT a FROM t WHERE id IN (SELECT id FROM u WHERE owner = {owner} UNION SELECT $1)",
        "SELECT a FROM t WHERE id = (SELECT 1 FROM u WHERE owner = {owner})",
        "WITH mine AS (SELECT id FROM t WHERE owner = {owner}) SELECT id FROM t",
        "WITH mine AS (SELECT id FROM t WHERE owner = {owner}) SELECT a FROM t LEFT JOIN mine ON t.id = mine.id",
        "WITH mine AS (SELECT id FROM t WHERE owner = {owner}) SELECT id FROM mine.t",
        "WITH mine AS (SELECT id FROM t WHERE owner = {owner}) SELECT id FROM mine($1)",
        "WITH mine AS (SELECT id FROM t WHERE owner = {owner}) DELETE FROM mine",
        "WITH mine AS (SELECT id FROM t WHERE owner = {owner}), mine AS (SELECT id FROM t) SELECT id FROM mine",
        "WITH mine AS (SELECT id FROM t WHERE owner = {owner} UNION SELECT id FROM t) SELECT id FROM mine",
        "WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT t.id FROM t JOIN n ON 1) SELECT i, {owner} FROM n",
        "WITH gone AS (DELETE FROM t RETURNING a) SELECT a FROM u WHERE owner = {owner}",
        "SELECT EXISTS (SELECT 1 FROM u WHERE owner = {owner}), (SELECT max(a) FROM t)",
        "SELECT {owner}",
        "VALUES ({owner})",
        // Beside OR.
        "SELECT a FROM t WHERE owner = {owner} AND a = $1 OR b = $1",
        "SELECT a FROM t WHERE a = $1 OR owner = {owner}",
        "SELECT a FROM t WHERE (owner = {owner}) OR a = $1",
        "SELECT a FROM t WHERE id = $1 AND (owner = {owner} OR open)",
        "DELETE FROM t WHERE id = $1 or owner = {owner}",
        "SELECT a FROM t WHERE ((owner = {owner})) or (a = 1)",
        // One arm without.
        "SELECT a FROM t WHERE owner = {owner} UNION SELECT a FROM t",
        "SELECT a FROM t UNION ALL SELECT a FROM t WHERE owner = {owner}",
        "SELECT a FROM t WHERE owner = {owner} EXCEPT SELECT a FROM t",
        "SELECT a FROM t WHERE owner = {owner} AND owner = {owner} UNION SELECT a FROM t",
        "SELECT a FROM t WHERE owner = {owner} AND owner = {owner} UNION (SELECT a FROM t)",
        "SELECT a FROM t WHERE owner = {owner} UNION TABLE t",
        "SELECT a FROM (SELECT a FROM t WHERE owner = {owner} AND owner = {owner} UNION SELECT a FROM t)",
        // What is added is a copy of what others have.
        "INSERT INTO mine (owner, a) SELECT {owner}, a FROM t",
        "INSERT INTO mine (owner, a) SELECT {owner}, a FROM t WHERE id = $1",
        "INSERT INTO mine (owner, a) SELECT {owner}, a FROM 't'",
        "INSERT INTO mine (owner, a) SELECT {owner}, a FROM json_each($1), t",
        "INSERT INTO mine (owner, a) SELECT {owner}, (SELECT a FROM t WHERE id = $1)",
        "INSERT INTO mine (owner, a) VALUES ({owner}, (SELECT a FROM t WHERE id = $1))",
        "INSERT INTO mine (owner, a) VALUES ({owner}, coalesce((SELECT a FROM t WHERE id = $1), 1))",
        "WITH x AS (SELECT a FROM t) INSERT INTO mine (owner, a) SELECT {owner}, a FROM x",
        // What is replaced may be somebody else's.
        "INSERT INTO t (id, owner) VALUES ($1, {owner}) ON CONFLICT (id) DO UPDATE SET owner = excluded.owner",
        "INSERT OR REPLACE INTO t (id, owner) VALUES ($1, {owner})",
        "REPLACE INTO t (id, owner) VALUES ($1, {owner})",
        "UPDATE OR REPLACE t SET id = $1 WHERE owner = {owner}",
        "INSERT INTO t (id, owner) VALUES ($1, {owner}) ON CONFLICT (id) WHERE owner = {owner} DO UPDATE SET a = 1",
        "INSERT INTO t SELECT a FROM u ON CONFLICT (id) WHERE owner = {owner} AND a DO NOTHING",
        "INSERT INTO u (t, a) SELECT id, $1 FROM t WHERE owner = {owner} ON CONFLICT DO UPDATE SET a = $1",
    ] {
        unowned(text);
    }
    for text in [
        "SELECT a FROM t WHERE owner = {owner}",
        "SELECT a FROM t WHERE t.owner = {owner} AND (a = $1 OR b = $1) ORDER BY a LIMIT 3",
        "SELECT a FROM t JOIN u ON u.id = t.u OR u.x = 1 WHERE owner = {owner}",
        "DELETE FROM t WHERE id = $1 AND owner = {owner}",
        "UPDATE t SET a = $1 WHERE id = $2 AND owner = {owner} RETURNING id",
        "INSERT INTO t (owner, a) VALUES ({owner}, $1)",
        "INSERT INTO u (t, a) SELECT id, $1 FROM t WHERE id = $2 AND owner = {owner}",
        "INSERT OR IGNORE INTO u (t, a) SELECT id, $1 FROM t WHERE id = $2 AND owner = {owner}",
        "INSERT OR REPLACE INTO u (t, a) SELECT id, $1 FROM t WHERE id = $2 AND owner = {owner}",
        "INSERT INTO t (id, owner) VALUES ($1, {owner}) ON CONFLICT (id) DO UPDATE SET a = $2 WHERE t.owner = {owner}",
        "INSERT INTO t (owner) VALUES ({owner}) ON CONFLICT DO NOTHING",
        "SELECT a FROM t WHERE owner = {owner} UNION SELECT a FROM u WHERE owner = {owner}",
        "WITH mine AS (SELECT id FROM t WHERE owner = {owner}) SELECT id FROM mine",
        "SELECT EXISTS (SELECT 1 FROM t WHERE id = $1 AND owner = {owner})",
        "SELECT EXISTS (SELECT 1 FROM t WHERE owner = {owner}) OR EXISTS (SELECT 1 FROM u WHERE owner = {owner})",
        // Alone, or joined by AND.
        "SELECT a FROM t WHERE (owner = {owner})",
        "SELECT a FROM t WHERE ((a = 1) AND ((s.t.owner = {owner}))) FOR UPDATE",
        "SELECT a FROM t WHERE \"t\".\"owner\" = {owner} LIMIT 1",
        "SELECT a FROM t WHERE owner = {owner}::uuid AND a = 1",
        "SELECT a FROM t WHERE x BETWEEN $1 AND $2 AND owner = {owner} GROUP BY a HAVING a > 1",
        "SELECT a FROM t WHERE CASE WHEN a AND b THEN c ELSE d END AND owner = {owner}",
        "SELECT a FROM t WHERE a IS DISTINCT FROM $1 AND owner = {owner} ORDER BY a",
        "SELECT a FROM t WHERE a IS NOT NULL AND NOT b AND NOT EXISTS (SELECT 1 FROM u WHERE u.t = t.id) AND owner = {owner}",
        "SELECT extract(year FROM a), count(*) FILTER (WHERE b) FROM t WHERE owner = {owner}",
        "SELECT a FROM t WHERE owner = {owner} AND (a = 1 OR EXISTS (SELECT 1 FROM u WHERE u.t = t.id))",
        "UPDATE t SET owner = {owner}, a = a OR $1 WHERE owner = {owner}",
        // In a join that leaves out the others.
        "SELECT a FROM t JOIN u ON u.id = t.u AND u.owner = {owner}",
        "SELECT a FROM t JOIN u ON u.owner = {owner} WHERE a = 1",
        "SELECT a FROM t JOIN u ON u.owner = {owner} JOIN v ON v.u = u.id",
        "SELECT a FROM t JOIN u ON u.owner = {owner} LEFT JOIN v ON v.u = u.id",
        "SELECT a FROM t JOIN (u JOIN v ON v.owner = {owner}) ON u.id = t.id",
        "SELECT a FROM t LEFT JOIN u ON u.id = t.id AND u.owner = {owner} WHERE t.owner = {owner}",
        "SELECT a FROM t LEFT JOIN u ON u.id = t.id WHERE t.owner = {owner}",
        "SELECT a FROM (SELECT a FROM t WHERE owner = {owner}) AS mine LEFT JOIN u ON u.a = mine.a",
        "SELECT a FROM t, (SELECT a FROM u WHERE owner = {owner}) AS mine WHERE t.a = mine.a",
        "UPDATE t SET a = u.a FROM u WHERE u.id = t.u AND u.owner = {owner}",
        // By a subquery.
        "SELECT a FROM t WHERE id IN (SELECT id FROM u WHERE owner = {owner}) AND a = 1",
        "SELECT a FROM t WHERE a = 1 AND EXISTS (SELECT 1 FROM u WHERE u.id = t.u AND owner = {owner})",
        "SELECT a FROM t WHERE EXISTS (SELECT * FROM u WHERE u.id = t.u AND owner = {owner})",
        "SELECT a FROM t WHERE id IN (SELECT DISTINCT u.\"t\" FROM u WHERE owner = {owner} GROUP BY t)",
        "DELETE FROM u WHERE t = (SELECT id FROM t WHERE id = $1 AND owner = {owner})",
        "DELETE FROM u WHERE (t IN (SELECT id FROM t WHERE owner = {owner} UNION SELECT id FROM v WHERE owner = {owner}))",
        "SELECT a FROM t WHERE owner = {owner} AND a IN (SELECT value FROM json_each($1))",
        "WITH mine AS MATERIALIZED (SELECT id FROM t WHERE owner = {owner}) SELECT a FROM u JOIN mine ON mine.id = u.t",
        "WITH mine(id) AS (SELECT id FROM t WHERE owner = {owner}) DELETE FROM u WHERE t IN (SELECT id FROM mine)",
        "WITH a AS (SELECT id FROM t WHERE owner = {owner}), b AS (SELECT id FROM a) SELECT id FROM b",
        "WITH a AS (SELECT count(*) AS n FROM t) SELECT n FROM u, a WHERE owner = {owner}",
        "WITH RECURSIVE tree AS (SELECT id FROM t WHERE owner = {owner} UNION ALL SELECT t.id FROM t JOIN tree ON t.up = tree.id) SELECT id FROM tree",
        "WITH gone AS (DELETE FROM t WHERE owner = {owner} RETURNING a) SELECT a FROM gone",
        "SELECT a FROM t WHERE owner = {owner} UNION ALL SELECT $1",
        "SELECT a FROM t WHERE owner = {owner} UNION ALL (SELECT a FROM u WHERE owner = {owner} LIMIT 1)",
        // What is added is the client's.
        "INSERT INTO t (owner, a) SELECT {owner}, $1",
        "INSERT INTO t (owner, a) SELECT {owner}, $1 WHERE (SELECT count(*) FROM t WHERE owner = {owner}) < 9",
        "INSERT INTO t (owner, a) SELECT {owner}, value FROM json_each($1)",
        "INSERT INTO t (owner, a) SELECT {owner}, a FROM unnest($1) AS a ON CONFLICT (owner, a) DO NOTHING",
        "INSERT INTO t (owner, a) SELECT {owner}, a FROM (VALUES ($1), ($2)) AS v(a)",
        "INSERT INTO t (owner, a) VALUES ({owner}, (SELECT a FROM u WHERE id = $1 AND owner = {owner}))",
        "WITH x AS (SELECT a FROM t WHERE owner = {owner}) INSERT INTO t (owner, a) SELECT {owner}, a FROM x",
    ] {
        assert!(owned(text).owned, "{text}");
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
