//! Answers that are ready at the same time leave in one write: a write costs more than a call.

use std::io;

use tokio::io::{AsyncWrite, AsyncWriteExt};
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::task::yield_now;

/// Bytes that are written at once, unless one answer has more: as many as a pipe takes.
const AT_ONCE: usize = 1 << 16;

/// Answers that wait to be written before others have to.
const WAITING: usize = 64;

/// Where to send lines, and what writes them to `output` until there is nobody to send any.
pub(super) fn batched<W>(output: W) -> (Sender<Vec<u8>>, impl Future<Output = io::Result<()>>)
where
    W: AsyncWrite + Unpin,
{
    let (sender, lines) = channel(WAITING);
    (sender, forward(lines, output))
}

async fn forward(
    mut lines: Receiver<Vec<u8>>,
    mut output: impl AsyncWrite + Unpin,
) -> io::Result<()> {
    let mut batch = Vec::with_capacity(AT_ONCE);
    while let Some(line) = lines.recv().await {
        batch.extend_from_slice(&line);
        // Other tasks that are about to answer do it now.
        yield_now().await;
        while batch.len() < AT_ONCE
            && let Ok(line) = lines.try_recv()
        {
            batch.extend_from_slice(&line);
        }
        output.write_all(&batch).await?;
        output.flush().await?;
        batch.clear();
        batch.shrink_to(2 * AT_ONCE);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, duplex};

    use super::*;

    #[tokio::test]
    async fn what_is_written_together_arrives_together_and_in_order() {
        let (mut client, output) = duplex(1 << 20);
        let (lines, forward) = batched(output);
        let write = async {
            for n in 0..10_000 {
                lines.send(format!("{n}\n").into_bytes()).await.unwrap();
            }
            drop(lines);
        };
        let ((), forwarded) = tokio::join!(write, forward);
        forwarded.unwrap();
        let mut text = String::new();
        client.read_to_string(&mut text).await.unwrap();
        assert!(text.lines().enumerate().all(|(n, line)| line == n.to_string()));
        assert_eq!(text.lines().count(), 10_000);
    }

    #[tokio::test]
    async fn a_client_that_is_gone_is_an_error_to_the_writer() {
        let (client, output) = duplex(64);
        let (lines, forward) = batched(output);
        drop(client);
        lines.send(b"answer\n".to_vec()).await.unwrap();
        forward.await.unwrap_err();
        lines.send(b"answer\n".to_vec()).await.unwrap_err();
    }

    #[tokio::test]
    async fn a_client_that_does_not_read_holds_answers_back() {
        let (_client, output) = duplex(64);
        let (lines, forward) = batched(output);
        let flood = async {
            for _ in 0..100 {
                lines.send(vec![b'x'; 1 << 12]).await.unwrap();
            }
        };
        tokio::select! {
            () = flood => panic!("it grew without bound"),
            _ = forward => panic!("nobody reads"),
            () = tokio::time::sleep(std::time::Duration::from_millis(50)) => {}
        }
    }
}
