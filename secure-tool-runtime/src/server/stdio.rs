//! Serving over standard input and output.

mod lines;
mod output;

use std::io;
use std::time::Duration;

use rmcp::handler::server::ServerHandler;
use rmcp::service::{QuitReason, ServiceExt};
use rmcp::transport::stdio_pipes;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use self::lines::Lines;
use self::output::batched;
use super::{KnowsCallers, Server, StartError};

/// How long a client may take to read the last answers.
const GOODBYE: Duration = Duration::from_secs(2);

// Bounds of callers are on the method: then the compiler says what is missing, and not only that the
// method is.
impl<C, H: ServerHandler> Server<C, H> {
    /// Serves one client over standard input and output, until it closes its end or `shutdown` is
    /// cancelled. Nothing else may write to standard output.
    ///
    /// # Errors
    /// If the environment does not describe a valid caller, or the client breaks the protocol
    /// before it is set up.
    pub async fn serve_stdio(self, shutdown: CancellationToken) -> Result<(), StartError>
    where
        C: KnowsCallers,
    {
        let server = self.known();
        let caller = server.callers.local()?;
        let (tools, parts) = server.guard()?;
        let handler = (parts.wrap)(tools.for_local(caller));
        // Pipes without a thread hop where standard input is one; see rmcp.
        let (input, output) = stdio_pipes();
        let (output, forward) = batched(output);
        let forward = tokio::spawn(forward);
        let transport = Lines::new(input, parts.max_request, output);
        let served = serve(handler, transport, shutdown).await;
        tokio::join!(last_answers(forward), super::flush(&parts.audit));
        served
    }
}

/// Waits until the last answers are written. A client that does not take them has gone, or will
/// never do; it gets no part of one later.
async fn last_answers(mut forward: JoinHandle<io::Result<()>>) {
    match timeout(GOODBYE, &mut forward).await {
        Ok(Ok(Ok(()))) => {}
        Ok(Ok(Err(error))) => {
            tracing::debug!(target: "secure_tool", %error, "the last answers were not taken");
        }
        Ok(Err(error)) => {
            tracing::debug!(target: "secure_tool", %error, "the last answers were not written");
        }
        Err(_) => {
            forward.abort();
            tracing::warn!(target: "secure_tool", "the client does not take the last answers");
        }
    }
}

async fn serve<H, T>(
    handler: H,
    transport: T,
    shutdown: CancellationToken,
) -> Result<(), StartError>
where
    H: ServerHandler,
    T: rmcp::transport::Transport<rmcp::RoleServer> + 'static,
{
    let running = match handler.serve_with_ct(transport, shutdown.clone()).await {
        Ok(running) => running,
        // Asked to stop, or the client left, before it said hello.
        Err(_) if shutdown.is_cancelled() => return Ok(()),
        Err(rmcp::service::ServerInitializeError::ConnectionClosed(_)) => return Ok(()),
        // Not with the error itself, which repeats what the client sent.
        Err(_) => {
            return Err(StartError::new(
                "the client did not begin as MCP requires",
                "start this server from an MCP client, or serve with `--http 127.0.0.1:8080`",
            ));
        }
    };
    match running.waiting().await {
        Ok(QuitReason::JoinError(error)) | Err(error) => {
            Err(StartError::new("serving ended unexpectedly", "report this as a bug")
                .because(error.into()))
        }
        Ok(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, duplex};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_client_that_does_not_read_gets_no_part_of_an_answer_later() {
        let (mut client, output) = duplex(8);
        let (lines, forward) = batched(output);
        lines.send(b"a long answer\n".to_vec()).await.unwrap();
        drop(lines);
        last_answers(tokio::spawn(forward)).await;
        let mut text = String::new();
        client.read_to_string(&mut text).await.unwrap();
        assert_eq!(text, "a long a", "what was on its way");
    }

    #[tokio::test]
    async fn the_last_answers_are_waited_for() {
        let (mut client, output) = duplex(64);
        let (lines, forward) = batched(output);
        lines.send(b"answer\n".to_vec()).await.unwrap();
        drop(lines);
        last_answers(tokio::spawn(forward)).await;
        let mut text = String::new();
        client.read_to_string(&mut text).await.unwrap();
        assert_eq!(text, "answer\n");
    }
}
