//! Splits the text of a statement into tokens, while it is compiled and again when it is rendered.
//!
//! It knows no dialect: what SQLite and PostgreSQL read differently (comments, dollar quotes, escapes in
//! strings) is refused, so that both see the statement as we do.

/// What a token is. Positions are those of [`Token`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::resource::sql) enum Kind {
    /// A keyword or a name without quotes.
    Word,
    /// A name in double quotes.
    Name,
    /// Text in single quotes.
    Text,
    /// Digits.
    Number,
    /// `$1`, for a value.
    Value(u8),
    /// `{name}`.
    Place,
    /// Any other character.
    Symbol(u8),
    /// There is no more.
    End,
    /// What no statement may have, and what to write.
    Bad(&'static str),
}

#[derive(Debug, Clone, Copy)]
pub(in crate::resource::sql) struct Token {
    pub(in crate::resource::sql) kind: Kind,
    pub(in crate::resource::sql) start: usize,
    pub(in crate::resource::sql) end: usize,
}

/// The highest number of a value: as many as bits in a `u64`, from 1.
const MOST_VALUES: u8 = 63;

/// The token that begins at a position, or after white space there.
pub(in crate::resource::sql) const fn token(text: &[u8], mut at: usize) -> Token {
    while at < text.len() && text[at].is_ascii_whitespace() {
        at += 1;
    }
    if at == text.len() {
        return Token { kind: Kind::End, start: at, end: at };
    }
    let (kind, end) = match text[at] {
        b'a'..=b'z' | b'A'..=b'Z' | b'_' => word(text, at),
        b'0'..=b'9' => (Kind::Number, after_word(text, at)),
        b'\'' => quoted(text, at, Kind::Text),
        b'"' => quoted(text, at, Kind::Name),
        b'$' => value(text, at),
        b'{' => place(text, at),
        _ => symbol(text, at),
    };
    Token { kind, start: at, end }
}

/// True if the token is this word, in upper or lower case.
pub(in crate::resource::sql) const fn is(text: &[u8], token: Token, word: &str) -> bool {
    matches!(token.kind, Kind::Word)
        && token.end - token.start == word.len()
        && begins(text, token, word)
}

/// True if the token begins like this, in upper or lower case.
pub(in crate::resource::sql) const fn begins(text: &[u8], token: Token, start: &str) -> bool {
    let start = start.as_bytes();
    if token.end - token.start < start.len() {
        return false;
    }
    let mut at = 0;
    while at < start.len() {
        if !text[token.start + at].eq_ignore_ascii_case(&start[at]) {
            return false;
        }
        at += 1;
    }
    true
}

/// What stands in quotes, as if it were a word.
pub(in crate::resource::sql) const fn unquoted(token: Token) -> Token {
    match token.kind {
        Kind::Name | Kind::Text => {
            Token { kind: Kind::Word, start: token.start + 1, end: token.end - 1 }
        }
        _ => token,
    }
}

/// True if both are the same word or the same name, in upper or lower case.
pub(in crate::resource::sql) const fn same(text: &[u8], one: Token, other: Token) -> bool {
    let length = one.end - one.start;
    if length != other.end - other.start {
        return false;
    }
    let mut at = 0;
    while at < length {
        if !text[one.start + at].eq_ignore_ascii_case(&text[other.start + at]) {
            return false;
        }
        at += 1;
    }
    true
}

const fn after_word(text: &[u8], mut at: usize) -> usize {
    while at < text.len() && (text[at].is_ascii_alphanumeric() || text[at] == b'_') {
        at += 1;
    }
    at
}

const fn word(text: &[u8], start: usize) -> (Kind, usize) {
    let end = after_word(text, start);
    let at_quote = end < text.len() && text[end] == b'\'';
    // `U&"…"` of PostgreSQL spells letters in numbers.
    let unicode = end == start + 1
        && text[start].eq_ignore_ascii_case(&b'u')
        && end + 1 < text.len()
        && text[end] == b'&'
        && matches!(text[end + 1], b'\'' | b'"');
    if at_quote || unicode {
        return (Kind::Bad("strings have no prefix: write `'…'`"), end);
    }
    (Kind::Word, end)
}

/// A doubled quote is two strings in a row, which comes to the same.
const fn quoted(text: &[u8], start: usize, kind: Kind) -> (Kind, usize) {
    let mut at = start + 1;
    while at < text.len() && text[at] != text[start] {
        at += 1;
    }
    if at == text.len() {
        return (Kind::Bad("a quote is not closed"), at);
    }
    (kind, at + 1)
}

const fn value(text: &[u8], start: usize) -> (Kind, usize) {
    let end = after_word(text, start + 1);
    let mut number: u32 = 0;
    let mut at = start + 1;
    while at < end {
        if !text[at].is_ascii_digit() || number > 1000 {
            return (Kind::Bad("values are `$1`, `$2` and so on"), end);
        }
        number = number * 10 + (text[at] - b'0') as u32;
        at += 1;
    }
    if number == 0 || number > MOST_VALUES as u32 {
        return (Kind::Bad("values are `$1` to `$63`"), end);
    }
    (Kind::Value(number as u8), end)
}

const fn place(text: &[u8], start: usize) -> (Kind, usize) {
    let end = after_word(text, start + 1);
    if end == start + 1 || end == text.len() || text[end] != b'}' {
        return (Kind::Bad("braces hold one name: `{owner}`, or one given with `.word(…)`"), end);
    }
    (Kind::Place, end + 1)
}

const fn symbol(text: &[u8], at: usize) -> (Kind, usize) {
    let next = if at + 1 < text.len() { text[at + 1] } else { 0 };
    let before = if at > 0 { text[at - 1] } else { 0 };
    let bad = match (text[at], next) {
        (b';', _) => "one statement, without `;`",
        (b'-', b'-') | (b'/', b'*') => "comments belong into the Rust code",
        (b'?', _) => "values are `$1`, `$2` and so on, not `?`",
        (b':' | b'@', b'a'..=b'z' | b'A'..=b'Z' | b'_') if before != b':' => {
            "values are `$1`, `$2` and so on"
        }
        (b'`' | b'\\' | b'#', _) => "`, \\ and # mean different things to different databases",
        (b'}', _) => "a brace is not open",
        (b'[', _) if !is_plain(text, at + 1) => {
            "to SQLite `[…]` is a name: brackets hold names, numbers and values, without quotes"
        }
        (b'(', _) if ends_variable(text, at) && is_quoted(text, at) => {
            "SQLite takes `$1(…)` and `::name(…)` for one variable: without quotes in parentheses"
        }
        (0..=31 | 127..=255, _) => "outside of quotes a statement is ASCII",
        (other, _) => return (Kind::Symbol(other), at + 1),
    };
    (Kind::Bad(bad), at + 1)
}

/// True if up to the end of brackets there is nothing that one database reads, and the other does not.
const fn is_plain(text: &[u8], mut at: usize) -> bool {
    while at < text.len() && text[at] != b']' {
        let plain = matches!(text[at], b'_' | b'$' | b',' | b':' | b' ');
        if !plain && !text[at].is_ascii_alphanumeric() {
            return false;
        }
        at += 1;
    }
    at < text.len()
}

/// True if what stands right before is the name of a variable to SQLite, of which parentheses are a part.
const fn ends_variable(text: &[u8], mut at: usize) -> bool {
    while at > 0 {
        at -= 1;
        match text[at] {
            b'$' | b':' | b'@' => return true,
            b'_' => {}
            other if other.is_ascii_alphanumeric() => {}
            _ => return false,
        }
    }
    false
}

/// True if there is a quote before the parenthesis is closed.
const fn is_quoted(text: &[u8], mut at: usize) -> bool {
    while at < text.len() && text[at] != b')' {
        if matches!(text[at], b'\'' | b'"') {
            return true;
        }
        at += 1;
    }
    false
}
