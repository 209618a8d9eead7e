//! What a statement must be. Runs in the compiler.

mod arm;
mod clause;
mod group;
mod names;
mod owner;
mod parentheses;

use owner::Owners;

use super::scan::{Kind, Token, begins, is, token, unquoted};

/// What is known of a statement when it is compiled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facts {
    /// It changes data.
    pub changes: bool,
    /// It has an `{owner}`.
    pub owned: bool,
    /// How many values it takes, `$1` to this.
    pub values: u8,
    /// Which of them are patterns of `LIKE`: the bit of that number.
    pub patterns: u64,
    /// It cannot go to the database as it is.
    pub rendered: bool,
}

/// The deepest nesting of parentheses.
const DEEPEST: usize = 32;

/// What reaches beyond the tables: files, other servers, text that is run as SQL, the settings of a
/// connection that others use after us.
const BEYOND: [&str; 5] =
    ["fts3_tokenizer", "load_extension", "readfile", "set_config", "writefile"];
const BEYOND_PREFIX: [&str; 8] = [
    "pg_",
    "lo_",
    "dblink",
    "sqlite_",
    "pragma_",
    "query_to_xml",
    "cursor_to_xml",
    "database_to_xml",
];

/// Words with which a new part of a statement begins.
const CLAUSES: [&str; 16] = [
    "SELECT",
    "FROM",
    "JOIN",
    "ON",
    "WHERE",
    "GROUP",
    "HAVING",
    "ORDER",
    "LIMIT",
    "UNION",
    "INTERSECT",
    "EXCEPT",
    "SET",
    "VALUES",
    "RETURNING",
    "WINDOW",
];

/// What looks for a pattern.
const PATTERNS: [&str; 4] = ["GLOB", "LIKE", "MATCH", "REGEXP"];
/// Of them what takes no value of a client's.
const MATCHES: [&str; 3] = ["GLOB", "MATCH", "REGEXP"];
const OF_CLIENTS: &str = "patterns of clients are for `a LIKE $1` only, where they are escaped";

/// What stands before a parenthesis and is no function.
const OPERATORS: [&str; 6] = ["AND", "AS", "IN", "IS", "NOT", "OR"];

/// What changes how a statement around it is read.
const NOT_IN_WORDS: [&str; 8] =
    ["BETWEEN", "FULL", "LEFT", "OR", "OUTER", "RIGHT", "SIMILAR", "TABLE"];

struct Check<'t> {
    text: &'t [u8],
    /// What it finds out is not asked where rows are shared.
    owners: Option<Owners<'t>>,
    facts: Facts,
    used: u64,
    depth: usize,
    /// The last token was the pattern of a LIKE.
    after_pattern: bool,
    /// The last two tokens.
    last: [Token; 2],
}

/// Reads a statement.
///
/// # Errors
/// What is wrong with it, and what to write.
pub(in crate::resource::sql) const fn facts(
    text: &str,
    shared: bool,
) -> Result<Facts, &'static str> {
    let text = text.as_bytes();
    let none = Token { kind: Kind::End, start: 0, end: 0 };
    let facts = Facts { changes: false, owned: false, values: 0, patterns: 0, rendered: false };
    let mut check = Check {
        text,
        owners: if shared { None } else { Some(Owners::new(text)) },
        facts,
        used: 0,
        depth: 0,
        after_pattern: false,
        last: [none; 2],
    };
    let mut next = token(text, 0);
    if let Err(wrong) = check.verb(next) {
        return Err(wrong);
    }
    loop {
        if let Err(wrong) = check.read(next) {
            return Err(wrong);
        }
        if matches!(next.kind, Kind::End) {
            break;
        }
        check.last = [next, check.last[0]];
        next = token(text, next.end);
    }
    check.end()
}

impl Check<'_> {
    const fn verb(&mut self, first: Token) -> Result<(), &'static str> {
        let reads = is(self.text, first, "SELECT")
            || is(self.text, first, "WITH")
            || is(self.text, first, "VALUES");
        let changes = is(self.text, first, "INSERT")
            || is(self.text, first, "REPLACE")
            || is(self.text, first, "UPDATE")
            || is(self.text, first, "DELETE")
            || is(self.text, first, "MERGE");
        if reads || changes {
            // `replace` is also a function, so it counts at the beginning only.
            self.facts.changes = changes;
            return Ok(());
        }
        Err(
            "a statement begins with SELECT, WITH, VALUES, INSERT, REPLACE, UPDATE, DELETE or MERGE; tables are made with `Database::schema`",
        )
    }

    const fn read(&mut self, next: Token) -> Result<(), &'static str> {
        if let Err(wrong) = self.pattern(next) {
            return Err(wrong);
        }
        let read = match next.kind {
            Kind::Bad(wrong) => Err(wrong),
            Kind::Value(number) => self.value(number),
            Kind::Place => {
                self.place(next);
                Ok(())
            }
            Kind::Symbol(b'(') => self.open(),
            Kind::Symbol(b')') => self.close(),
            Kind::Word => self.word(next),
            Kind::Name => reaches(self.text, unquoted(next)),
            // SQLite takes text for a table too.
            Kind::Text if self.follows("FROM") || self.follows("JOIN") => {
                reaches(self.text, unquoted(next))
            }
            Kind::Text | Kind::Number | Kind::Symbol(_) | Kind::End => Ok(()),
        };
        match (read, &mut self.owners) {
            (Ok(()), Some(owners)) => owners.read(next),
            (read, _) => read,
        }
    }

    const fn follows(&self, word: &str) -> bool {
        is(self.text, self.last[0], word)
    }

    const fn pattern(&mut self, next: Token) -> Result<(), &'static str> {
        let is_pattern = self.follows_pattern_word();
        if is_pattern && !matches!(next.kind, Kind::Value(_) | Kind::Text) {
            return Err(
                "after LIKE comes a value, `$1`, bound with `.like(contains(…))`, or a literal",
            );
        }
        if matches!(next.kind, Kind::Symbol(b'(')) && self.is_function_of_patterns() {
            return Err(OF_CLIENTS);
        }
        if self.after_pattern && is_operator(next.kind) {
            return Err(
                "a pattern is one value or one literal: `contains(…)` adds the `%` of LIKE",
            );
        }
        // A quote within a literal makes two of it.
        let begins = is_pattern || one_of(self.text, self.last[0], &MATCHES);
        self.after_pattern =
            (begins || self.after_pattern) && matches!(next.kind, Kind::Text) || is_pattern;
        Ok(())
    }

    /// A parenthesis here is that of `glob($1, a)`, of `"like"($1, a)`, or of `a MATCH ($1)` and its kin.
    const fn is_function_of_patterns(&self) -> bool {
        let [last, before] = self.last;
        let name = unquoted(last);
        // A table of that name has columns.
        let function = is_of_patterns(self.text, name) && !is(self.text, before, "INTO");
        let argument = one_of(self.text, before, &MATCHES)
            && matches!(last.kind, Kind::Word | Kind::Name)
            && !one_of(self.text, last, &CLAUSES)
            && !one_of(self.text, last, &OPERATORS);
        function || argument
    }

    const fn follows_pattern_word(&self) -> bool {
        is(self.text, self.last[0], "LIKE") || is(self.text, self.last[0], "ILIKE")
    }

    const fn value(&mut self, number: u8) -> Result<(), &'static str> {
        if self.follows_pattern_word() {
            self.facts.patterns |= 1 << number;
            self.facts.rendered = true;
        }
        let last = self.last[0];
        if one_of(self.text, last, &MATCHES)
            || is(self.text, last, "TO")
            || matches!(last.kind, Kind::Symbol(b'~' | b'*')) && self.is_match_operator()
        {
            return Err(OF_CLIENTS);
        }
        self.used |= 1 << number;
        if number > self.facts.values {
            self.facts.values = number;
        }
        Ok(())
    }

    /// `~`, `~*`, `!~*` of PostgreSQL, and `SIMILAR TO` when its `TO` was seen.
    const fn is_match_operator(&self) -> bool {
        matches!(self.last[0].kind, Kind::Symbol(b'~'))
            || matches!(self.last[1].kind, Kind::Symbol(b'~'))
                && self.last[1].end == self.last[0].start
    }

    const fn place(&mut self, next: Token) {
        self.facts.rendered = true;
        let inner = Token { kind: Kind::Word, start: next.start + 1, end: next.end - 1 };
        self.facts.owned |= is(self.text, inner, "owner");
    }

    const fn open(&mut self) -> Result<(), &'static str> {
        if self.depth + 1 == DEEPEST {
            return Err("parentheses are nested too deeply");
        }
        self.depth += 1;
        Ok(())
    }

    const fn close(&mut self) -> Result<(), &'static str> {
        if self.depth == 0 {
            return Err("a parenthesis is not open");
        }
        self.depth -= 1;
        Ok(())
    }

    const fn word(&mut self, next: Token) -> Result<(), &'static str> {
        let text = self.text;
        if is(text, next, "INSERT")
            || is(text, next, "UPDATE")
            || is(text, next, "DELETE")
            || is(text, next, "MERGE")
        {
            self.facts.changes = true;
        } else if is(text, next, "INTO") && !self.facts.changes {
            return Err("SELECT … INTO makes a table: tables are made with `Database::schema`");
        } else if is(text, next, "ESCAPE") {
            return Err("ESCAPE is added to each LIKE with a value");
        }
        reaches(text, next)
    }

    const fn end(&mut self) -> Result<Facts, &'static str> {
        if self.depth > 0 {
            return Err("a parenthesis is not closed");
        }
        // Bits 1 to `values`.
        if self.used != (u64::MAX >> (63 - self.facts.values)) & !1 {
            return Err("the numbers of values have a gap: `$1`, `$2` and so on, each used");
        }
        let Some(owners) = &mut self.owners else { return Ok(self.facts) };
        if !self.facts.owned {
            return Err(
                "whose rows? Write `WHERE owner = {owner}` and `.owned_by(caller)`, or, if they are not anybody's own, `shared = \"why\"`",
            );
        }
        match owners.end() {
            Ok(()) => Ok(self.facts),
            Err(wrong) => Err(wrong),
        }
    }
}

/// Reads what an enum puts into a statement: names, numbers, functions, a direction.
///
/// # Errors
/// What is wrong with it.
pub(in crate::resource::sql) const fn word(text: &str) -> Result<(), &'static str> {
    let text = text.as_bytes();
    let mut next = token(text, 0);
    let (mut depth, mut cases) = (0_u32, 0_u32);
    if matches!(next.kind, Kind::End) {
        return Err("an empty word");
    }
    while !matches!(next.kind, Kind::End) {
        match next.kind {
            Kind::Bad(wrong) => return Err(wrong),
            Kind::Value(_) | Kind::Place => {
                return Err("a word has no values and no words of its own");
            }
            Kind::Symbol(b'(') => depth += 1,
            Kind::Symbol(b')') if depth == 0 => return Err("a parenthesis is not open"),
            Kind::Symbol(b')') => depth -= 1,
            Kind::Word | Kind::Name => {
                let clause = one_of(text, next, &CLAUSES) && !is(text, next, "SET");
                let name = unquoted(next);
                let beyond = reaches(text, name).is_err() || is_of_patterns(text, name);
                if clause || beyond || one_of(text, next, &NOT_IN_WORDS) {
                    return Err(
                        "a word is a name, an order or an expression: no clause, no kind of JOIN, no OR, no BETWEEN, no LIKE",
                    );
                }
                if is(text, next, "CASE") {
                    cases += 1;
                } else if is(text, next, "END") && cases > 0 {
                    cases -= 1;
                }
            }
            _ => {}
        }
        next = token(text, next.end);
    }
    if cases > 0 {
        return Err("a CASE has no END");
    }
    if depth > 0 { Err("a parenthesis is not closed") } else { Ok(()) }
}

/// Refuses what is outside of the tables.
const fn reaches(text: &[u8], name: Token) -> Result<(), &'static str> {
    if one_of(text, name, &BEYOND)
        || is_named(name) && begins_like_one_of(text, name, &BEYOND_PREFIX)
    {
        return Err(
            "this reaches beyond the tables: files, other servers, settings, or text that is run as SQL",
        );
    }
    Ok(())
}

const fn is_of_patterns(text: &[u8], name: Token) -> bool {
    one_of(text, name, &PATTERNS) || is_named(name) && begins(text, name, "regexp")
}

const fn is_named(token: Token) -> bool {
    matches!(token.kind, Kind::Word)
}

const fn is_operator(kind: Kind) -> bool {
    matches!(kind, Kind::Symbol(symbol) if symbol != b')' && symbol != b',')
}

const fn one_of(text: &[u8], token: Token, words: &[&str]) -> bool {
    let mut at = 0;
    while at < words.len() {
        if is(text, token, words[at]) {
            return true;
        }
        at += 1;
    }
    false
}

const fn begins_like_one_of(text: &[u8], token: Token, starts: &[&str]) -> bool {
    let mut at = 0;
    while at < starts.len() {
        if begins(text, token, starts[at]) {
            return true;
        }
        at += 1;
    }
    false
}
