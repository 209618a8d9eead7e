//! What clients send: values, patterns, names of owners.

use proptest::prelude::*;

use super::super::{Conflict, SqlError, contains, ends_with, starts_with};
use super::*;
use crate::PublicError;

const TITLES: &str = "SELECT title FROM notes WHERE title LIKE $1 ORDER BY id";

async fn matching(db: &Database<ReadOnly>, pattern: super::super::Pattern) -> Vec<String> {
    let statement =
        sql!("SELECT title FROM notes WHERE title LIKE $1 ORDER BY id", shared = "a test");
    assert_eq!(statement.text, TITLES);
    let rows: Vec<(String,)> = db.select(statement).like(pattern).fetch_all().await.unwrap();
    rows.into_iter().map(|(title,)| title).collect()
}

#[tokio::test]
async fn injections_are_texts() {
    let kept = Kept::new().await;
    let before = kept.content().await;
    let db = kept.writer().await;
    for text in [
        "'; DROP TABLE notes; --",
        "' OR '1'='1",
        "\" OR 1=1 --",
        "'; COMMIT; DELETE FROM notes; --",
        "x'||(SELECT 1)||'",
        "1; ATTACH DATABASE '/tmp/x' AS y",
        "\\'; DROP TABLE notes; --",
        "{owner}",
        "$1",
        "?",
        "%00",
        "\0",
        "ada'--",
    ] {
        let find = sql!("SELECT id FROM notes WHERE owner = {owner} AND title = $1");
        let found: Vec<(i64,)> =
            db.select(find).bind(text).owned_by(&ada()).fetch_all().await.unwrap();
        assert_eq!(found, []);
        let delete = sql!("DELETE FROM notes WHERE owner = {owner} AND title = $1");
        assert_eq!(db.change(delete).bind(text).owned_by(&ada()).execute().await.unwrap(), 0);
    }
    assert_eq!(kept.content().await, before);
}

#[tokio::test]
async fn wildcards_of_clients_are_letters() {
    let kept = Kept::new().await;
    let db = kept.reader().await;
    assert_eq!(matching(&db, contains("%")).await, ["100% wool"]);
    for nothing in ["_", "%%", "\\", "\\%", "o_ives", "%o%"] {
        assert_eq!(matching(&db, contains(nothing)).await, Vec::<String>::new(), "{nothing}");
    }
    assert_eq!(matching(&db, starts_with("OLI")).await, ["olives"]);
    assert_eq!(matching(&db, ends_with("ves")).await, ["olives"]);
    assert_eq!(matching(&db, starts_with("ves")).await, Vec::<String>::new());
    assert_eq!(format!("{:?}", contains("CANARY")), "Pattern(…)");
}

#[tokio::test]
async fn what_does_not_fit_together_does_not_run() {
    let kept = Kept::new().await;
    let db = kept.reader().await;
    let one = sql!("SELECT id FROM notes WHERE title = $1", shared = "a test");
    let like = sql!("SELECT id FROM notes WHERE title LIKE $1", shared = "a test");
    let own = sql!("SELECT id FROM notes WHERE owner = {owner} AND title = $1");
    let word = sql!("SELECT id FROM {table}", shared = "a test");
    let faults = [
        db.select(one).fetch_all::<(i64,)>().await,
        db.select(one).bind("a").bind("b").fetch_all().await,
        db.select(one).like(contains("a")).fetch_all().await,
        // A plain text would be a pattern of the client's.
        db.select(like).bind("%").fetch_all().await,
        db.select(own).owned_by(&ada()).bind("a").fetch_all().await,
        db.select(own).owned_by(&ada()).fetch_all().await,
        db.select(word).fetch_all().await,
    ];
    for result in faults {
        let error = result.unwrap_err();
        assert!(matches!(error, SqlError::Fault(_)) && error.public().is_none(), "{error}");
    }
}

#[tokio::test]
async fn rows_of_others_are_not_there() {
    let kept = Kept::new().await;
    let before = kept.content().await;
    let db = kept.writer().await;
    let read = sql!("SELECT title FROM notes WHERE id = $1 AND owner = {owner}");
    let one = async |id: i64, caller: &Caller| {
        db.select(read).bind(id).owned_by(caller).fetch_one::<(String,)>().await
    };
    assert_eq!(one(3, &bob()).await.unwrap().0, "bass");
    let (foreign, absent) = (one(3, &ada()).await.unwrap_err(), one(99, &ada()).await.unwrap_err());
    assert_eq!(format!("{foreign:?} {foreign}"), format!("{absent:?} {absent}"));
    assert_eq!(foreign.public(), Some("There is no such entry, or it is not yours."));

    let update = sql!("UPDATE notes SET title = $1 WHERE id = $2 AND owner = {owner}");
    assert_eq!(
        db.change(update).bind("mine").bind(3_i64).owned_by(&ada()).execute().await.unwrap(),
        0
    );
    assert_eq!(kept.content().await, before);
    let list = sql!("SELECT title FROM notes WHERE owner = {owner} ORDER BY id");
    let mine: Vec<(String,)> = db.select(list).owned_by(&bob()).fetch_all().await.unwrap();
    assert_eq!(mine, [("bass".to_owned(),)]);
}

#[tokio::test]
async fn errors_hold_no_value() {
    let kept = Kept::new().await;
    let db = kept.writer().await;
    let add = sql!("INSERT INTO notes (owner, title) VALUES ({owner}, $1)");
    let error = db.change(add).bind("bass").owned_by(&ada()).execute().await.unwrap_err();
    assert!(matches!(error, SqlError::Conflict(Conflict::Unique)), "{error}");
    let error =
        db.change(add).bind(Option::<String>::None).owned_by(&ada()).execute().await.unwrap_err();
    assert!(matches!(error, SqlError::Conflict(Conflict::Missing)), "{error}");
    let add_id = sql!("INSERT INTO notes (id, owner, title) VALUES ($1, {owner}, 'x')");
    let wrong = db.change(add_id).bind("CANARY").owned_by(&ada()).execute().await.unwrap_err();
    assert!(!format!("{wrong:?} {wrong}").contains("CANARY"), "{wrong:?}");
    let read = db.select(sql!("SELECT title FROM notes", shared = "a test"));
    let wrong = read.fetch_all::<(i64,)>().await.unwrap_err();
    assert!(!format!("{wrong:?} {wrong}").contains("olives"), "{wrong:?}");
    let query = db.select(sql!("SELECT $1", shared = "a test")).bind("CANARY");
    assert!(!format!("{query:?} {db:?}").contains("CANARY"), "{query:?}");
}

#[test]
fn any_text_comes_back_as_it_was() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let kept = runtime.block_on(Kept::new());
    let (db, before) = runtime.block_on(async { (kept.writer().await, kept.content().await) });
    proptest!(|(text in r"[\PC\x00'%_\\;-]{0,60}")| {
        runtime.block_on(async {
            let echo = db.select(sql!("SELECT $1", shared = "a test")).bind(&text);
            assert_eq!(echo.fetch_one::<(String,)>().await.unwrap().0, text);
            let matches = db.select(sql!("SELECT $1 LIKE $2", shared = "a test"));
            let matches = matches.bind(&text).like(contains(&text)).fetch_one::<(bool,)>().await;
            assert!(matches!(matches, Ok((true,))) || text.contains('\0'), "{text:?}: {matches:?}");
            // Of other texts it is a pattern only where they contain it.
            let other = db.select(sql!("SELECT count(*) FROM notes WHERE title LIKE $1", shared = "a test"));
            let lower = text.to_ascii_lowercase();
            let titles = ["olives", "100% wool", "bass"];
            let expected = titles.iter().filter(|title| title.contains(&lower)).count();
            match other.like(contains(&text)).fetch_one::<(i64,)>().await {
                Ok((found,)) => assert_eq!(found, expected as i64, "{text:?}"),
                Err(error) => assert!(matches!(error, SqlError::Unfit) && text.contains('\0'), "{error}"),
            }
            let delete = db.change(sql!("DELETE FROM notes WHERE title = $1 AND owner = {owner} AND id < 0"));
            assert_eq!(delete.bind(&text).owned_by(&ada()).execute().await.unwrap(), 0);
        });
    });
    assert_eq!(runtime.block_on(kept.content()), before);
}
