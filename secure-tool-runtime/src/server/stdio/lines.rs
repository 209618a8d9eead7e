//! Messages as lines, in both directions (MCP, Transports, “stdio”).
//!
//! rmcp has a transport of lines too. This one looks at a line before anything is made of it, as the HTTP side
//! looks at a body; answers what it does not take, so that nobody waits for it; and shows no line to
//! a log.

use std::io;

use memchr::memchr;
use rmcp::RoleServer;
use rmcp::model::{ErrorCode, ErrorData, JsonRpcMessage, RequestId};
use rmcp::service::{RxJsonRpcMessage, TxJsonRpcMessage};
use rmcp::transport::Transport;
use serde::Deserialize;
use serde::de::IgnoredAny;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::sync::mpsc::Sender;

use crate::server::scan::{self, Flaw};

/// Bytes that are read at once: as many as a pipe holds.
const AT_ONCE: usize = 1 << 16;

/// What some programs write before the first line. JSON may do without it (RFC 8259 §8.1).
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// The server's end of two streams of lines.
pub(super) struct Lines<R> {
    input: BufReader<R>,
    /// The longest line that is read, in bytes.
    max: usize,
    /// The beginning of a line whose end has not come.
    begun: Vec<u8>,
    /// The line is too long: its rest is passed over.
    too_long: bool,
    /// None once it is closed.
    output: Option<Sender<Vec<u8>>>,
    /// An answer of ours that there was no room for yet.
    refusal: Option<Vec<u8>>,
}

/// What a line is.
enum Line {
    Message(Box<RxJsonRpcMessage<RoleServer>>),
    /// Empty, or a notification that nobody knows: those have no answers.
    Nothing,
    Refused(Option<RequestId>, Refused),
}

/// Why a line is not handed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Refused {
    TooLong,
    /// JSON of another form than a message.
    NoMessage,
    Flaw(Flaw),
}

impl<R: AsyncRead + Unpin> Lines<R> {
    pub(super) fn new(input: R, max: usize, output: Sender<Vec<u8>>) -> Self {
        Lines {
            input: BufReader::with_capacity(AT_ONCE, input),
            max,
            begun: Vec::new(),
            too_long: false,
            output: Some(output),
            refusal: None,
        }
    }

    /// The next line, or none at the end. May be dropped while it waits: what was read stays.
    async fn line(&mut self) -> Option<Line> {
        loop {
            let read = match self.input.fill_buf().await {
                Ok([]) => return None,
                Ok(read) => read,
                Err(error) => {
                    tracing::warn!(target: "secure_tool", %error, "standard input cannot be read");
                    return None;
                }
            };
            let end = memchr(b'\n', read);
            let part = &read[..end.unwrap_or(read.len())];
            let taken = part.len() + usize::from(end.is_some());
            let was_too_long = self.too_long;
            self.too_long |= part.len() > self.max - self.begun.len();
            let line = if self.too_long {
                self.begun = Vec::new();
                (!was_too_long).then_some(Line::Refused(None, Refused::TooLong))
            } else if end.is_none() {
                self.begun.extend_from_slice(part);
                None
            } else if self.begun.is_empty() {
                Some(judge(part))
            } else {
                self.begun.extend_from_slice(part);
                Some(judge(&std::mem::take(&mut self.begun)))
            };
            self.too_long &= end.is_none();
            self.input.consume(taken);
            if let Some(line) = line {
                return Some(line);
            }
        }
    }

    /// Sends the refusal, if there is one. May be dropped while it waits: the refusal stays.
    async fn refuse(&mut self) -> Option<()> {
        if self.refusal.is_none() {
            return Some(());
        }
        let room = self.output.as_ref()?.reserve().await.ok()?;
        if let Some(refusal) = self.refusal.take() {
            room.send(refusal);
        }
        Some(())
    }
}

impl<R: AsyncRead + Unpin + Send> Transport<RoleServer> for Lines<R> {
    type Error = io::Error;

    fn send(
        &mut self,
        message: TxJsonRpcMessage<RoleServer>,
    ) -> impl Future<Output = io::Result<()>> + Send + 'static {
        let line = line_of(&message);
        let output = self.output.clone();
        async move {
            let output = output.ok_or(io::ErrorKind::NotConnected)?;
            output.send(line?).await.map_err(|_| io::ErrorKind::BrokenPipe.into())
        }
    }

    async fn receive(&mut self) -> Option<RxJsonRpcMessage<RoleServer>> {
        loop {
            self.refuse().await?;
            match self.line().await? {
                Line::Message(message) => return Some(*message),
                Line::Nothing => {}
                Line::Refused(id, refused) => {
                    tracing::debug!(target: "secure_tool", ?refused, "a line is not taken");
                    self.refusal = Some(line_of(&refused.answer(id)).ok()?);
                }
            }
        }
    }

    async fn close(&mut self) -> io::Result<()> {
        self.output = None;
        Ok(())
    }
}

/// JSON has no line feeds but between its tokens, and those are not written.
fn line_of(message: &TxJsonRpcMessage<RoleServer>) -> io::Result<Vec<u8>> {
    let mut line = serde_json::to_vec(message)?;
    line.push(b'\n');
    Ok(line)
}

fn judge(line: &[u8]) -> Line {
    let line = line.strip_prefix(BYTE_ORDER_MARK).unwrap_or(line);
    if line.trim_ascii().is_empty() {
        return Line::Nothing;
    }
    let refused = match scan::check(line) {
        Err(flaw) => Refused::Flaw(flaw),
        Ok(()) => match serde_json::from_slice(line) {
            Ok(message) => return Line::Message(Box::new(message)),
            Err(error) if error.is_data() => Refused::NoMessage,
            Err(_) => Refused::Flaw(Flaw::Syntax),
        },
    };
    match serde_json::from_slice(line) {
        Ok(Head { id: None, method: Some(_) }) => Line::Nothing,
        Ok(Head { id: Some(id), method: Some(_) }) => Line::Refused(Some(id), refused),
        // An answer, or nothing of the kind: its `id`, if there is one, is not the client's to ask with.
        _ => Line::Refused(None, refused),
    }
}

/// What tells whether somebody waits for an answer, and for which.
#[derive(Deserialize)]
struct Head {
    id: Option<RequestId>,
    method: Option<IgnoredAny>,
}

impl Refused {
    fn answer(self, id: Option<RequestId>) -> TxJsonRpcMessage<RoleServer> {
        let (code, text) = match self {
            Refused::TooLong => {
                (ErrorCode::INVALID_REQUEST, "the line is too long: send less at once")
            }
            Refused::NoMessage => scan::NO_MESSAGE,
            Refused::Flaw(flaw) => flaw.error(),
        };
        JsonRpcMessage::error(ErrorData::new(code, text, None), id)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use tokio::io::{AsyncWriteExt, duplex};
    use tokio::sync::mpsc::{Receiver, channel};
    use tokio::time::{Duration, timeout};

    use super::*;

    fn lines<R: AsyncRead + Unpin>(input: R, max: usize) -> (Lines<R>, Receiver<Vec<u8>>) {
        let (output, answers) = channel(16);
        (Lines::new(input, max, output), answers)
    }

    /// Reads a text to its end: how many messages there were, and what was answered.
    async fn read(text: &[u8]) -> (usize, Vec<Value>) {
        let (mut lines, mut answers) = lines(text, 1000);
        let mut messages = 0;
        let mut answered = Vec::new();
        while lines.receive().await.is_some() {
            messages += 1;
        }
        drop(lines);
        while let Some(line) = answers.recv().await {
            assert_eq!(line.last(), Some(&b'\n'));
            answered.push(serde_json::from_slice(&line).unwrap());
        }
        (messages, answered)
    }

    #[tokio::test]
    async fn what_is_no_message_is_answered_to_whoever_asked() {
        let deep = format!(
            r#"{{"jsonrpc":"2.0","id":5,"method":"ping","params":{}1{}}}"#,
            "[".repeat(70),
            "]".repeat(70)
        );
        for (line, id, code) in [
            (
                r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","name":"b"}}"#,
                json!(1),
                -32600,
            ),
            (
                r#"{"jsonrpc":"2.0","id":"x","method":"ping","params":{"a":1,"\u0061":2}}"#,
                json!("x"),
                -32600,
            ),
            (r#"{"jsonrpc":"2.0","id":1,"id":2,"method":"ping"}"#, Value::Null, -32600),
            (&deep, json!(5), -32600),
            (r#"[{"jsonrpc":"2.0","id":1,"method":"ping"}]"#, Value::Null, -32600),
            (r#"{"jsonrpc":"1.0","id":3,"method":"ping"}"#, json!(3), -32600),
            (r#"{"jsonrpc":"2.0","id":4,"result":{"a":1,"a":2}}"#, Value::Null, -32600),
            ("null", Value::Null, -32600),
            ("hello", Value::Null, -32700),
            (r#"{"jsonrpc":"2.0""#, Value::Null, -32700),
            ("\u{fffd}", Value::Null, -32700),
        ] {
            let (messages, answers) = read(format!("{line}\n").as_bytes()).await;
            assert_eq!(messages, 0, "{line}");
            let [answer] = &answers[..] else { panic!("{line}: {answers:?}") };
            assert_eq!(
                (&answer["id"], &answer["error"]["code"]),
                (&id, &json!(code)),
                "{line}: {answer}"
            );
            let text = answer["error"]["message"].as_str().unwrap();
            assert!(!text.contains("hello") && text.len() < 100, "{text}");
        }
    }

    #[tokio::test]
    async fn what_nobody_waits_for_is_not_answered() {
        for line in [
            "",
            "\r",
            "  \t",
            "\u{feff}",
            r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"a":1,"a":2}}"#,
            r#"{"jsonrpc":"2.0","method":"notifications/progress","params":7}"#,
        ] {
            assert_eq!(read(format!("{line}\n").as_bytes()).await, (0, vec![]), "{line}");
        }
    }

    #[tokio::test]
    async fn each_line_is_judged_by_itself() {
        let ping = r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#;
        let long = format!(
            r#"{{"jsonrpc":"2.0","id":1,"method":"ping","params":{{"a":"{}"}}}}"#,
            "x".repeat(200_000)
        );
        for (text, messages, answers) in [
            (format!("{ping}\n{ping}\r\n\u{feff}{ping}\n"), 3, 0),
            (format!("{long}\n{ping}\n"), 1, 1),
            (format!("{ping}\n{long}\n{long}\n{ping}\n"), 2, 2),
            (format!("{ping}\nx\n{ping}\n"), 2, 1),
            (ping.to_owned(), 0, 0),
            (format!("{ping}\n{long}"), 1, 1),
        ] {
            let read = read(text.as_bytes()).await;
            assert_eq!((read.0, read.1.len()), (messages, answers), "{:.80}", text);
        }
    }

    #[tokio::test]
    async fn a_line_may_come_in_pieces_and_be_waited_for_in_turns() {
        let ping = br#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#;
        let (mut client, input) = duplex(4096);
        let (mut lines, _answers) = lines(input, ping.len());
        for byte in ping {
            client.write_all(&[*byte]).await.unwrap();
            // As rmcp does whenever something else is to be done.
            timeout(Duration::from_millis(1), lines.receive()).await.unwrap_err();
        }
        client.write_all(b"\n").await.unwrap();
        assert!(lines.receive().await.is_some());
    }

    #[tokio::test]
    async fn a_client_that_takes_no_refusals_is_not_read_on() {
        let text = "x\n".repeat(100);
        let (mut lines, mut answers) = lines(text.as_bytes(), 1000);
        timeout(Duration::from_millis(20), lines.receive()).await.unwrap_err();
        assert_eq!(answers.len(), 16, "as many as there is room for");
        assert!(lines.refusal.is_some() && lines.input.buffer().len() > 100);
        let mut answered = 0;
        while timeout(Duration::from_millis(20), lines.receive()).await.is_err() {
            while answers.try_recv().is_ok() {
                answered += 1;
            }
        }
        answered += answers.len();
        assert_eq!(answered, 100, "none is lost, and none is sent twice");
    }
}
