//! What a statement must be. Runs in the compiler.

use super::scan::{Kind, Token, begins, is, token};

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

/// One group of parentheses, in the clause that is being read.
#[derive(Clone, Copy)]
struct Group {
    /// In a clause that decides which rows.
    filters: bool,
    /// `… = {owner}` stood in this clause.
    guarded: bool,
    /// `OR` stood in this clause.
    or: bool,
}

const EMPTY: Group = Group { filters: false, guarded: false, or: false };

struct Check<'t> {
    text: &'t [u8],
    shared: bool,
    facts: Facts,
    used: u64,
    groups: [Group; DEEPEST],
    depth: usize,
    /// How many `… = {owner}` there are, and how many arms of set operations that have to have one.
    guards: u32,
    arms: u32,
    /// Rows are only added: none that somebody has is read or replaced.
    adds: bool,
    /// The last token was the pattern of a LIKE.
    after_pattern: bool,
    /// The last three tokens.
    last: [Token; 3],
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
        shared,
        facts,
        used: 0,
        groups: [EMPTY; DEEPEST],
        depth: 0,
        guards: 0,
        arms: 1,
        adds: false,
        after_pattern: false,
        last: [none; 3],
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
        check.last = [next, check.last[0], check.last[1]];
        next = token(text, next.end);
    }
    check.end()
}

impl Check<'_> {
    const fn verb(&mut self, first: Token) -> Result<(), &'static str> {
        let reads = is(self.text, first, "SELECT")
            || is(self.text, first, "WITH")
            || is(self.text, first, "VALUES");
        self.adds = is(self.text, first, "INSERT");
        let changes = self.adds
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
        let is_pattern = self.follows_pattern_word();
        if is_pattern && !matches!(next.kind, Kind::Value(_) | Kind::Text) {
            return Err(
                "after LIKE comes a value, `$1`, bound with `.like(contains(…))`, or a literal",
            );
        }
        if self.after_pattern && is_operator(next.kind) {
            return Err(
                "the pattern of LIKE is one value or one literal: `contains(…)` adds the `%`",
            );
        }
        // A quote within a literal makes two of it.
        self.after_pattern = is_pattern || self.after_pattern && matches!(next.kind, Kind::Text);
        match next.kind {
            Kind::Bad(wrong) => Err(wrong),
            Kind::Value(number) => self.value(number),
            Kind::Place => self.place(next),
            Kind::Symbol(b'(') => self.open(),
            Kind::Symbol(b')') => self.close(),
            Kind::Word => self.word(next),
            Kind::End => self.clause(EMPTY),
            Kind::Name | Kind::Text | Kind::Number | Kind::Symbol(_) => Ok(()),
        }
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
        if is(self.text, last, "GLOB")
            || is(self.text, last, "REGEXP")
            || is(self.text, last, "TO")
            || matches!(last.kind, Kind::Symbol(b'~' | b'*')) && self.is_match_operator()
        {
            return Err("patterns of clients are for LIKE only, where they are escaped");
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

    const fn place(&mut self, next: Token) -> Result<(), &'static str> {
        self.facts.rendered = true;
        let inner = Token { kind: Kind::Word, start: next.start + 1, end: next.end - 1 };
        if !is(self.text, inner, "owner") {
            return Ok(());
        }
        self.facts.owned = true;
        let compares = matches!(self.last[0].kind, Kind::Symbol(b'='));
        let unlike = matches!(self.last[1].kind, Kind::Symbol(b'<' | b'>' | b'!'));
        let negated = is(self.text, self.last[2], "NOT");
        if self.groups[self.depth].filters {
            if !self.shared && (!compares || unlike || negated) {
                return Err("which rows belong to the caller says `owner = {owner}`");
            }
            self.groups[self.depth].guarded = true;
            self.guards += 1;
        }
        Ok(())
    }

    const fn open(&mut self) -> Result<(), &'static str> {
        if self.depth + 1 == DEEPEST {
            return Err("parentheses are nested too deeply");
        }
        // What stands in parentheses filters if what is around them does.
        let filters = self.groups[self.depth].filters;
        self.depth += 1;
        self.groups[self.depth] = Group { filters, guarded: false, or: false };
        Ok(())
    }

    const fn close(&mut self) -> Result<(), &'static str> {
        if self.depth == 0 {
            return Err("a parenthesis is not open");
        }
        let guarded = self.groups[self.depth].guarded;
        if let Err(wrong) = self.clause(EMPTY) {
            return Err(wrong);
        }
        self.depth -= 1;
        // A guard within parentheses is of no more use beside an OR than one without.
        self.groups[self.depth].guarded |= guarded;
        Ok(())
    }

    /// The clause ends and another begins.
    const fn clause(&mut self, next: Group) -> Result<(), &'static str> {
        let group = self.groups[self.depth];
        if group.guarded && group.or && !self.shared {
            return Err(
                "put what OR joins in parentheses: beside `{owner}` it lets the rows of others through",
            );
        }
        self.groups[self.depth] = next;
        Ok(())
    }

    const fn word(&mut self, next: Token) -> Result<(), &'static str> {
        let text = self.text;
        if is(text, next, "OR") {
            // `INSERT OR IGNORE` chooses between no rows.
            let verb = is(text, self.last[0], "INSERT") || is(text, self.last[0], "UPDATE");
            self.groups[self.depth].or |= !verb;
        } else if is(text, self.last[0], "OR") && is(text, next, "REPLACE") {
            self.adds = false;
        } else if one_of(text, next, &CLAUSES) {
            let filters =
                is(text, next, "WHERE") || is(text, next, "ON") || is(text, next, "HAVING");
            if is(text, next, "UNION") || is(text, next, "INTERSECT") || is(text, next, "EXCEPT") {
                self.arms += 1;
            }
            return self.clause(Group { filters, ..EMPTY });
        } else if is(text, next, "INSERT")
            || is(text, next, "UPDATE")
            || is(text, next, "DELETE")
            || is(text, next, "MERGE")
        {
            self.facts.changes = true;
            // `ON CONFLICT … DO UPDATE` may meet the row of somebody else.
            self.adds &= !is(text, self.last[0], "DO");
        } else if is(text, next, "INTO") && !self.facts.changes {
            return Err("SELECT … INTO makes a table: tables are made with `Database::schema`");
        } else if is(text, next, "ESCAPE") {
            return Err("ESCAPE is added to each LIKE with a value");
        } else if one_of(text, next, &BEYOND) || begins_like_one_of(text, next, &BEYOND_PREFIX) {
            return Err(
                "this reaches beyond the tables: files, other servers, settings, or text that is run as SQL",
            );
        }
        Ok(())
    }

    const fn end(&self) -> Result<Facts, &'static str> {
        if self.depth > 0 {
            return Err("a parenthesis is not closed");
        }
        // Bits 1 to `values`.
        if self.used != (u64::MAX >> (63 - self.facts.values)) & !1 {
            return Err("the numbers of values have a gap: `$1`, `$2` and so on, each used");
        }
        if self.shared {
            return Ok(self.facts);
        }
        if !self.facts.owned {
            return Err(
                "whose rows? Write `WHERE owner = {owner}` and `.owned_by(caller)`, or, if they are not anybody's own, `shared = \"why\"`",
            );
        }
        if self.guards < self.arms && !self.adds {
            return Err(
                "`owner = {owner}` belongs into a WHERE: of each SELECT that UNION joins, and of what replaces rows",
            );
        }
        Ok(self.facts)
    }
}

/// Reads what an enum puts into a statement: names, numbers, functions, a direction.
///
/// # Errors
/// What is wrong with it.
pub(in crate::resource::sql) const fn word(text: &str) -> Result<(), &'static str> {
    let text = text.as_bytes();
    let mut next = token(text, 0);
    let mut depth = 0_u32;
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
            Kind::Word => {
                let clause = one_of(text, next, &CLAUSES) && !is(text, next, "SET");
                let beyond =
                    one_of(text, next, &BEYOND) || begins_like_one_of(text, next, &BEYOND_PREFIX);
                if clause || beyond || is(text, next, "OR") || is(text, next, "LIKE") {
                    return Err(
                        "a word is a name, an order or an expression: no clause, no OR, no LIKE",
                    );
                }
            }
            _ => {}
        }
        next = token(text, next.end);
    }
    if depth > 0 { Err("a parenthesis is not closed") } else { Ok(()) }
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
