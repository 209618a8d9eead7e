//! What a person at the terminal reads: audit events and notices, on standard error.

use std::io::{self, IsTerminal, Write};
use std::panic::PanicHookInfo;

use tracing::level_filters::LevelFilter;
use tracing_subscriber::field::MakeExt;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::FormatFields;
use tracing_subscriber::fmt::format::debug_fn;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::resource::secrets;

/// Shows our own events, and errors of anybody else.
///
/// rmcp logs whole requests below `WARN`, values included: they are never let through.
pub(super) fn start() {
    let lines = tracing_subscriber::fmt::layer()
        .fmt_fields(fields())
        .with_writer(|| WithoutSecrets(io::stderr()))
        .with_ansi(io::stderr().is_terminal());
    let filter = Targets::new()
        .with_default(LevelFilter::ERROR)
        .with_target("secure_tool", LevelFilter::INFO)
        .with_target("rmcp", LevelFilter::OFF);
    let subscriber = tracing_subscriber::registry().with(filter).with(lines);
    // A program that has a subscriber of its own keeps it.
    let _ = subscriber.try_init();
    std::panic::set_hook(Box::new(|panic| say(&panic_text(panic))));
}

/// Replaces secrets in what is written at once: a line is.
struct WithoutSecrets<W>(W);

impl<W: Write> Write for WithoutSecrets<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut text = String::from_utf8_lossy(bytes).into_owned();
        match secrets::replace(&mut text) {
            0 => self.0.write_all(bytes)?,
            _ => self.0.write_all(text.as_bytes())?,
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// Fields as they are usually shown, without those of a call's span that are for machines: people find
/// a call by its reference.
fn fields() -> impl for<'a> FormatFields<'a> + Send + Sync + 'static {
    debug_fn(|out, field, value| match field.name() {
        "message" => write!(out, "{value:?}"),
        "traceparent" | "tracestate" | "error.type" => Ok(()),
        name if ["otel.", "mcp.", "gen_ai."].iter().any(|group| name.starts_with(group)) => Ok(()),
        name => write!(out, "{name}={value:?}"),
    })
    .delimited(" ")
}

/// Where it happened, and what it said if that is fixed text: a message made at run time may carry
/// what a client sent.
fn panic_text(panic: &PanicHookInfo<'_>) -> String {
    let text = panic.payload().downcast_ref::<&'static str>();
    let text = text.unwrap_or(&"(its message is not shown: it may carry a client's data)");
    match panic.location() {
        Some(location) => format!("panic at {location}: {text}"),
        None => format!("panic: {text}"),
    }
}

/// A line for the person who started the program.
pub(super) fn say(text: &str) {
    // If standard error is closed, nobody is there to read.
    let _ = writeln!(io::stderr(), "{text}");
}
