//! Texts that SQLite would read in another way than the check does, were they statements.

use super::super::literal::check::facts;
use super::super::literal::probe;

/// What a second statement looks like to SQLite, and a text to us.
const SECOND: &str = ";DELETE FROM notes --";

#[test]
fn quotes_in_brackets_are_none_to_sqlite() {
    for text in [
        format!("SELECT 1 AS [']{SECOND}']"),
        format!("SELECT 1 AS [\"]{SECOND}\"]"),
        format!("SELECT a[{{w}}] FROM notes WHERE [']{SECOND}'] = 1"),
        "SELECT [{w}]".to_owned(),
        "SELECT a FROM t WHERE [x AND owner = {owner} AND y]".to_owned(),
        "SELECT [a".to_owned(),
        "SELECT [[1]]".to_owned(),
    ] {
        let wrong = facts(&text, true).unwrap_err();
        assert!(wrong.contains("brackets"), "{text}: {wrong}");
    }
    for text in ["SELECT a[1], b[2:3], ARRAY[$1, $2] FROM notes", "SELECT '[', \"[\" FROM notes"] {
        assert!(facts(text, true).is_ok(), "{text}");
    }
}

#[test]
fn quotes_in_the_parentheses_of_a_variable_are_none_to_sqlite() {
    for name in ["$1", "@1", ":1", ":::x", "$1::x", "a::b", "$1::x_2"] {
        for quote in ["'", "\""] {
            let text = format!("SELECT {name}({quote}){SECOND}{quote})");
            assert!(facts(&text, true).is_err(), "{text}");
            let text = format!("SELECT {name}(x,{quote}){SECOND}{quote})");
            assert!(facts(&text, true).is_err(), "{text}");
        }
    }
    for text in [
        "SELECT a::numeric(10, 2), b = ANY($1) FROM notes",
        "SELECT lower('A'), x->>'y' FROM notes WHERE a IN ($1, 'b') AND c = lower('D')",
    ] {
        assert!(facts(text, true).is_ok(), "{:?}: {text}", facts(text, true));
    }
}

#[test]
fn what_is_put_in_joins_nothing_around_it() {
    let rendered = |text, word| probe(text, true, Some(word)).unwrap().0;
    assert_eq!(
        rendered("SELECT a -{w} FROM notes WHERE owner = {owner}", "-1"),
        "SELECT a - -1 FROM notes WHERE owner = $1"
    );
    assert_eq!(rendered("SELECT /{w}*/{w} FROM notes", "a"), "SELECT / a */ a FROM notes");
    assert_eq!(rendered("SELECT $1{w}", "2"), "SELECT $1 2");
    assert_eq!(rendered("SELECT {owner}1, {w}'a'", "E"), "SELECT $1 1, E 'a'");
    assert_eq!(rendered("SELECT {owner}(')')", "x"), "SELECT $1 (')')");
    // Where nothing joins, nothing is put between.
    assert_eq!(rendered("SELECT {w} FROM notes", "a"), "SELECT a FROM notes");
}
