//! Answers that are ready at the same time leave in one write: a write costs more than a call.

use std::io;

use futures_util::FutureExt;
use tokio::io::{AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream, duplex};
use tokio::task::yield_now;

/// Bytes that wait to be written before answers have to: as many as a pipe takes.
const ROOM: usize = 1 << 16;

/// What to write to instead of `output`, and what moves it there until the writer is dropped.
pub(super) fn batched<W>(output: W) -> (DuplexStream, impl Future<Output = io::Result<()>>)
where
    W: AsyncWrite + Unpin,
{
    let (near, far) = duplex(ROOM);
    (near, forward(far, output))
}

async fn forward(mut from: DuplexStream, mut output: impl AsyncWrite + Unpin) -> io::Result<()> {
    let mut batch = Vec::with_capacity(ROOM);
    while from.read_buf(&mut batch).await? > 0 {
        // Other tasks that are about to answer do it now.
        yield_now().await;
        if batch.len() < ROOM {
            // Nothing there, or the end, is noticed above.
            let _ = from.read_buf(&mut batch).now_or_never();
        }
        output.write_all(&batch).await?;
        output.flush().await?;
        batch.clear();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_written_together_arrives_together_and_in_order() {
        let (mut client, output) = duplex(1 << 20);
        let (mut writer, forward) = batched(output);
        let write = async {
            for n in 0..10_000 {
                writer.write_all(format!("{n}\n").as_bytes()).await.unwrap();
            }
            drop(writer);
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
        let (mut writer, forward) = batched(output);
        drop(client);
        writer.write_all(b"answer\n").await.unwrap();
        forward.await.unwrap_err();
        writer.write_all(b"answer\n").await.unwrap_err();
    }

    #[tokio::test]
    async fn a_client_that_does_not_read_holds_answers_back() {
        let (_client, output) = duplex(64);
        let (mut writer, forward) = batched(output);
        let flood = async {
            for _ in 0..100 {
                writer.write_all(&[b'x'; 1 << 12]).await.unwrap();
            }
        };
        tokio::select! {
            () = flood => panic!("it grew without bound"),
            _ = forward => panic!("nobody reads"),
            () = tokio::time::sleep(std::time::Duration::from_millis(50)) => {}
        }
    }
}
