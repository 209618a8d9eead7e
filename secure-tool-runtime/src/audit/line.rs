//! A record as one line of JSON.

use serde::Serialize;
use serde_json::Serializer;

use super::text::{SafeJson, cap};
use super::time::Stamp;
use super::{Outcome, Record, Reference, Shape};

/// The members of a line, in their order.
#[derive(Serialize)]
struct Line<'a> {
    time: &'a str,
    tool: &'a str,
    caller: &'a str,
    outcome: Outcome,
    reason: &'a str,
    duration_us: u64,
    reference: Reference,
    arguments: &'a Shape,
    #[serde(skip_serializing_if = "is_zero")]
    left_out: u32,
    #[serde(skip_serializing_if = "is_zero")]
    secrets_replaced: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    programs: Option<&'a str>,
}

fn is_zero(count: &u32) -> bool {
    *count == 0
}

/// Appends a record to `lines` and ends the line. JSON escapes newlines, so a record is one line
/// whatever its texts hold.
pub(super) fn write(lines: &mut Vec<u8>, record: &Record, stamp: &mut Stamp) {
    let line = Line {
        time: stamp.of(record.time),
        tool: record.tool,
        caller: cap(&record.caller),
        outcome: record.outcome,
        reason: record.reason,
        duration_us: record.duration_us(),
        reference: record.reference,
        arguments: &record.arguments,
        left_out: record.left_out,
        secrets_replaced: record.secrets_replaced,
        cause: record.cause.as_deref().map(cap),
        programs: record.programs.as_deref(),
    };
    line.serialize(&mut Serializer::with_formatter(&mut *lines, SafeJson))
        .expect("memory takes every byte, and none of our `Serialize` fails");
    lines.push(b'\n');
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn text(record: &Record) -> String {
        let mut line = Vec::new();
        write(&mut line, record, &mut Stamp::default());
        String::from_utf8(line).unwrap()
    }

    #[test]
    fn has_every_member() {
        let expected = concat!(
            r#"{"time":"2023-11-14T22:13:20.123Z","tool":"add_note","caller":"ada","outcome":"served","#,
            r#""reason":"ok","duration_us":1500,"reference":"0000000000000007","#,
            r#""arguments":{"title":"string(5)"}}"#,
            "\n"
        );
        assert_eq!(text(&Record::example(7)), expected);
    }

    #[test]
    fn is_one_line_whatever_the_texts_hold() {
        let mut record = Record::example(1);
        record.caller = Arc::from("ada\n{\"tool\":\"fake\"}");
        record.cause = Some("\r\n\u{2028}{\"tool\":\"fake\"}\n".into());
        let text = text(&record);
        assert_eq!(text.lines().count(), 1);
        assert!(!text.contains('\u{2028}'));
        let line: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(line["tool"], "add_note");
        assert_eq!(line["caller"], *record.caller);
        assert_eq!(line["cause"], **record.cause.as_ref().unwrap());
    }

    #[test]
    fn is_bounded() {
        let mut record = Record::example(1);
        record.caller = "x".repeat(100_000).into();
        record.cause = Some("\u{1}".repeat(100_000).into());
        assert!(text(&record).len() < 16_384);
    }
}
