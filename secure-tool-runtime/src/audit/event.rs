//! A record as a `tracing` event.

use super::text::Clean;
use super::{Outcome, Record, TARGET};

/// Emits a record: `INFO` if the call was served, `WARN` if not. Its texts are made only if somebody
/// listens to [`TARGET`].
pub(super) fn emit(record: &Record) {
    // The level of an event is part of its call site, so there are two.
    macro_rules! emit {
        ($level:ident) => {
            tracing::$level!(
                target: TARGET,
                tool = record.tool,
                caller = %Clean(&record.caller),
                outcome = record.outcome.name(),
                reason = record.reason,
                duration_us = record.duration_us(),
                reference = %record.reference,
                arguments = %record.arguments,
                left_out = Some(record.left_out).filter(|count| *count > 0),
                secrets_replaced = Some(record.secrets_replaced).filter(|count| *count > 0),
                cause = record.cause.as_deref().map(|cause| tracing::field::display(Clean(cause))),
                programs = record.programs.as_deref(),
                "tool call"
            )
        };
    }
    match record.outcome {
        Outcome::Served => emit!(info),
        Outcome::Refused | Outcome::Failed | Outcome::Cancelled => emit!(warn),
    }
}

#[cfg(test)]
mod tests {
    use std::io::{self, Write};
    use std::sync::{Arc, Mutex};

    use tracing::Level;
    use tracing_subscriber::fmt;

    use super::*;

    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);

    impl Write for Log {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn logged(record: &Record, level: Level) -> String {
        let log = Log::default();
        let writer = log.clone();
        let subscriber = fmt().with_ansi(false).without_time().with_max_level(level);
        let subscriber = subscriber.with_writer(move || writer.clone()).finish();
        tracing::subscriber::with_default(subscriber, || emit(record));
        let bytes = log.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn a_served_call_is_information() {
        let expected = " INFO secure_tool::audit: tool call tool=\"add_note\" caller=ada outcome=\"served\" \
            reason=\"ok\" duration_us=1500 reference=0000000000000007 arguments=title=string(5)\n";
        assert_eq!(logged(&Record::example(7), Level::INFO), expected);
        assert_eq!(logged(&Record::example(7), Level::WARN), "");
    }

    #[test]
    fn any_other_call_is_a_warning() {
        for outcome in [Outcome::Refused, Outcome::Failed, Outcome::Cancelled] {
            let text = logged(&Record { outcome, ..Record::example(7) }, Level::WARN);
            assert!(
                text.starts_with(" WARN secure_tool::audit: tool call")
                    && text.contains(outcome.name()),
                "{text}"
            );
        }
    }

    #[test]
    fn no_text_starts_a_line_or_steers_a_terminal() {
        let hostile =
            "x\n INFO secure_tool::audit: tool call tool=\"fake\" \x1b[2K\u{9b}31m\u{202e}";
        let record =
            Record { caller: hostile.into(), cause: Some(hostile.into()), ..Record::example(7) };
        let text = logged(&record, Level::INFO);
        assert_eq!(text.lines().count(), 1, "{text}");
        assert!(!text.trim_end().contains(|c: char| c.is_control() || c == '\u{202e}'), "{text:?}");
        assert!(text.contains("cause=x\u{fffd} INFO"), "{text}");
    }
}
