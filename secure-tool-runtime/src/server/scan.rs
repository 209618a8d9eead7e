//! One look at the bytes of a message, before anything is made of them.
//!
//! JSON lets a key be there twice, and parsers differ in which one counts: what one component
//! checked, another does not use (RFC 8259 §4). Deep nesting costs stack and time. A batch is many
//! calls for the price of one, and MCP has none since 2025-06-18. All three are refused here, so that
//! nothing behind this has to know.
//!
//! What is not JSON is left to the parser, but for what never closes.

use std::borrow::Cow;

use memchr::memchr2;
use rmcp::model::ErrorCode;

/// How deep objects and lists may be nested. Messages take five levels, beside a tool's arguments.
pub(in crate::server) const DEPTH: usize = 64;

/// Up to this many keys of an object are compared one by one as they come; more are sorted.
const FEW: usize = 16;

/// Why bytes are no message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::server) enum Flaw {
    /// Not JSON.
    Syntax,
    /// JSON, and several messages in a list.
    Batch,
    /// Nested more deeply than [`DEPTH`].
    Depth,
    /// A key is there twice in one object.
    Duplicate,
}

impl Flaw {
    /// The JSON-RPC error.
    pub(in crate::server) fn error(self) -> (ErrorCode, &'static str) {
        match self {
            Flaw::Syntax => (ErrorCode::PARSE_ERROR, "this is not valid JSON"),
            Flaw::Batch => invalid("batches are not taken: send each message by itself"),
            Flaw::Depth => invalid("the message is nested too deeply: 64 levels at most"),
            Flaw::Duplicate => {
                invalid("an object has a key twice, and it is not clear which one counts")
            }
        }
    }
}

/// The JSON-RPC error for JSON of another form.
pub(in crate::server) const NO_MESSAGE: (ErrorCode, &str) =
    invalid("this is JSON, but not a JSON-RPC 2.0 message of MCP");

const fn invalid(text: &'static str) -> (ErrorCode, &'static str) {
    (ErrorCode::INVALID_REQUEST, text)
}

/// Looks for flaws, in one pass and without copying.
pub(in crate::server) fn check(bytes: &[u8]) -> Result<(), Flaw> {
    if bytes.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'[') {
        return Err(Flaw::Batch);
    }
    let mut scan = Scan { open: 0, depth: 0, starts: [0; DEPTH], keys: Vec::with_capacity(32) };
    let mut at = 0;
    let mut key = false;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => {
                let (end, escaped) = string(bytes, at + 1).ok_or(Flaw::Syntax)?;
                if key {
                    scan.key(&bytes[at + 1..end], escaped)?;
                    key = false;
                }
                at = end;
            }
            b'{' | b'[' => {
                key = *byte == b'{';
                scan.begin(key)?;
            }
            b'}' | b']' => {
                scan.end(*byte == b'}')?;
                key = false;
            }
            b',' => key = scan.in_object(),
            // A colon, white space, a number or a name: for the parser.
            _ => {}
        }
        at += 1;
    }
    if scan.depth == 0 { Ok(()) } else { Err(Flaw::Syntax) }
}

/// Where the string ends that begins here: at its quote. And whether it has escapes.
fn string(bytes: &[u8], start: usize) -> Option<(usize, bool)> {
    let mut at = start;
    let mut escaped = false;
    loop {
        at = quote_or_escape(bytes, at)?;
        if bytes[at] == b'"' {
            return Some((at, escaped));
        }
        escaped = true;
        // One comes seldom alone.
        while bytes.get(at) == Some(&b'\\') {
            at += 2;
        }
    }
}

/// Most strings end within a few words, before a search for one byte of two has begun.
fn quote_or_escape(bytes: &[u8], start: usize) -> Option<usize> {
    let rest = bytes.get(start..)?;
    let mut at = 0;
    while at < 32 {
        let Some(word) = rest[at..].first_chunk() else { break };
        let word = u64::from_le_bytes(*word);
        let found = zeros(word ^ QUOTES) | zeros(word ^ ESCAPES);
        if found != 0 {
            return Some(start + at + found.trailing_zeros() as usize / 8);
        }
        at += 8;
    }
    Some(start + at + memchr2(b'"', b'\\', &rest[at..])?)
}

const QUOTES: u64 = u64::from_ne_bytes([b'"'; 8]);
const ESCAPES: u64 = u64::from_ne_bytes([b'\\'; 8]);

/// The highest bit of each byte that is zero. A byte above one may have it wrongly; the lowest is right.
const fn zeros(word: u64) -> u64 {
    word.wrapping_sub(0x0101_0101_0101_0101) & !word & 0x8080_8080_8080_8080
}

/// What is open.
struct Scan<'a> {
    /// A bit a level: whether it is an object. The innermost is the lowest.
    open: u64,
    depth: usize,
    /// Where the keys of each level begin.
    starts: [usize; DEPTH],
    /// The keys of all objects that are open.
    keys: Vec<Cow<'a, [u8]>>,
}

const _: () = assert!(DEPTH <= u64::BITS as usize, "a level has a bit");

impl<'a> Scan<'a> {
    fn begin(&mut self, object: bool) -> Result<(), Flaw> {
        *self.starts.get_mut(self.depth).ok_or(Flaw::Depth)? = self.keys.len();
        self.depth += 1;
        self.open = self.open << 1 | u64::from(object);
        Ok(())
    }

    fn in_object(&self) -> bool {
        self.open & 1 == 1
    }

    fn end(&mut self, object: bool) -> Result<(), Flaw> {
        if self.depth == 0 || self.in_object() != object {
            return Err(Flaw::Syntax);
        }
        self.depth -= 1;
        self.open >>= 1;
        let start = self.starts[self.depth];
        let keys = &mut self.keys[start..];
        if keys.len() > FEW {
            keys.sort_unstable();
            if keys.windows(2).any(|pair| pair[0] == pair[1]) {
                return Err(Flaw::Duplicate);
            }
        }
        self.keys.truncate(start);
        Ok(())
    }

    fn key(&mut self, text: &'a [u8], escaped: bool) -> Result<(), Flaw> {
        // "n\u0061me" is "name" to a parser.
        let key = if escaped { Cow::Owned(unescaped(text)?) } else { Cow::Borrowed(text) };
        let others = &self.keys[self.starts[self.depth - 1]..];
        if others.len() < FEW && others.contains(&key) {
            return Err(Flaw::Duplicate);
        }
        self.keys.push(key);
        Ok(())
    }
}

fn unescaped(text: &[u8]) -> Result<Vec<u8>, Flaw> {
    let quoted = [b"\"", text, b"\""].concat();
    let text: String = serde_json::from_slice(&quoted).map_err(|_| Flaw::Syntax)?;
    Ok(text.into_bytes())
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    fn judged(text: &str) -> Result<(), Flaw> {
        check(text.as_bytes())
    }

    #[test]
    fn a_key_that_is_there_twice_is_found() {
        for text in [
            r#"{"a":1,"a":2}"#,
            r#"{"a":1,"\u0061":2}"#,
            r#"{"\u0061":1,"a":2}"#,
            r#"{"\u0061":1,"\u0061":2}"#,
            r#"{"":1,"":2}"#,
            r#"{"a\"":1,"a\u0022":2}"#,
            r#"{"\\":1,"\u005c":2}"#,
            r#"{"/":1,"\/":2}"#,
            r#"{"😀":1,"\ud83d\ude00":2}"#,
            r#"{"é":1,"\u00E9":2,"b":3}"#,
            r#"{ "a" : 1 , "b" : { } , "a" : 2 }"#,
            r#"{"a":{"a":[{"a":1,"b":[],"b":2}]}}"#,
            r#"{"a":[1,2],"a":3}"#,
            r#"{"a":{"x":1},"b":{"x":1},"a":1}"#,
            r#"{"a":"{","a":"}"}"#,
            "{\"a\"\n\t:1,\r\n\"a\"\n:2}",
        ] {
            assert_eq!(judged(text), Err(Flaw::Duplicate), "{text}");
        }
    }

    #[test]
    fn the_same_word_elsewhere_is_no_duplicate() {
        for text in [
            r#"{"a":"a","b":"a"}"#,
            r#"{"a":{"a":{"a":1}}}"#,
            r#"{"a":[{"a":1},{"a":1},"a","a"]}"#,
            r#"{"a":["b","b",{"b":1}],"b":1}"#,
            r#"{"a":1,"A":2,"a ":3," a":4,"\u0000":5,"":6}"#,
            r#"{"a":"\",\"a\":1","b":1}"#,
            r#"{"a":"\\","b":"\\\"","c":"\\"}"#,
            "{\"\u{e9}\":1,\"e\u{301}\":2}",
            "{}",
            " { } ",
        ] {
            assert_eq!(judged(text), Ok(()), "{text}");
        }
    }

    #[test]
    fn many_keys_are_compared_too() {
        for count in [FEW - 1, FEW, FEW + 1, 50, 5000] {
            let keys = |last: usize| {
                let keys = (0..count).chain([last]).map(|number| format!("\"key{number}\":0"));
                format!("{{{}}}", keys.collect::<Vec<_>>().join(","))
            };
            assert_eq!(judged(&keys(count)), Ok(()), "{count}");
            for twin in [0, count / 2, count - 1] {
                assert_eq!(judged(&keys(twin)), Err(Flaw::Duplicate), "{count} {twin}");
            }
        }
    }

    #[test]
    fn nesting_has_a_limit() {
        let nested = |levels: usize, open: &str, close: &str| {
            format!("{{\"a\":{}0{}}}", open.repeat(levels - 1), close.repeat(levels - 1))
        };
        for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
            assert_eq!(judged(&nested(DEPTH, open, close)), Ok(()));
            assert_eq!(judged(&nested(DEPTH + 1, open, close)), Err(Flaw::Depth));
            assert_eq!(judged(&nested(100_000, open, close)), Err(Flaw::Depth));
        }
        assert_eq!(judged(&format!("{{\"a\":\"{}\"}}", "[".repeat(1000))), Ok(()), "a text");
        let beside = format!("{{\"a\":[{}0]}}", "[],".repeat(1000));
        assert_eq!(judged(&beside), Ok(()), "beside each other");
    }

    #[test]
    fn batches_are_told_apart() {
        for text in ["[]", " \r\n\t[{}]", "[1", "[[[["] {
            assert_eq!(judged(text), Err(Flaw::Batch), "{text}");
        }
    }

    #[test]
    fn what_never_closes_is_no_json() {
        for text in [
            "{",
            "{\"a\"",
            "{\"a",
            "{\"a\\",
            "{\"a\\\"",
            "{\"a\":[}",
            "{]",
            "}",
            "]",
            "{}}",
            "\"",
            r#"{"\u00":1}"#,
            r#"{"\x":1}"#,
            r#"{"\ud800":1}"#,
        ] {
            assert_eq!(judged(text), Err(Flaw::Syntax), "{text}");
        }
    }

    /// JSON of which the parser keeps every key.
    fn json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<i32>().prop_map(Value::from),
            "[a\"\\\\{},:\\[\\]é😀\u{1}]{0,4}".prop_map(Value::from),
        ];
        leaf.prop_recursive(5, 40, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                prop::collection::btree_map("[ab\"\\\\{,é]{0,2}", inner, 0..5)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_a_writer_writes_has_no_flaw(value in json()) {
            let value = serde_json::json!({ "params": value });
            prop_assert_eq!(check(value.to_string().as_bytes()), Ok(()));
            prop_assert_eq!(check(&serde_json::to_vec_pretty(&value).unwrap()), Ok(()));
        }

        #[test]
        fn any_bytes_are_judged(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = check(&bytes);
        }

        #[test]
        fn what_looks_like_json_is_judged(text in "[{}\\[\\]\",:\\\\au0 ]{0,60}") {
            // A parser that takes it would have found the same depth and no key twice.
            let value: Result<Value, _> = serde_json::from_str(&text);
            match (check(text.as_bytes()), value) {
                (Err(Flaw::Syntax), Ok(value)) => prop_assert!(false, "{value}"),
                (Ok(()), Ok(value)) => {
                    let colons = |text: &str| {
                        let mut quoted = false;
                        let mut escaped = false;
                        text.bytes().filter(|byte| {
                            let counts = *byte == b':' && !quoted;
                            quoted ^= *byte == b'"' && !escaped;
                            escaped = *byte == b'\\' && !escaped;
                            counts
                        }).count()
                    };
                    prop_assert_eq!(colons(&value.to_string()), colons(&text), "a key was lost");
                }
                _ => {}
            }
        }
    }

    /// `cargo test --release -p secure-tool-runtime --features http --lib scan -- --ignored --nocapture`
    #[test]
    #[ignore = "measures"]
    fn a_look_costs_little() {
        let small = br#"{"jsonrpc":"2.0","id":17,"method":"tools/call","params":{"name":"add_note","arguments":{"title":"Milk","labels":["shop","today"]},"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}}}"#;
        let long = format!(r#"{{"a":"{}"}}"#, "x".repeat(1 << 20));
        let keys: Vec<_> = (0..60_000).map(|key| format!("\"{key:09}\":0")).collect();
        let keys = format!("{{{}}}", keys.join(","));
        let escapes = format!(r#"{{"a":"{}"}}"#, "\\n".repeat(1 << 19));
        for (what, bytes, times) in [
            ("a small call", &small[..], 1_000_000),
            ("a mebibyte of text", long.as_bytes(), 200),
            ("a mebibyte of escapes", escapes.as_bytes(), 50),
            ("60 000 keys", keys.as_bytes(), 20),
        ] {
            let began = Instant::now();
            for _ in 0..times {
                assert_eq!(check(std::hint::black_box(bytes)), Ok(()));
            }
            eprintln!("{what}, {} bytes: {:?}", bytes.len(), began.elapsed() / times);
        }
    }
}
