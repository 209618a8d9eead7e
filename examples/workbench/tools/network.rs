//! What is asked of the network.

use std::time::Duration;

use secure_tool_runtime::command::{CommandError, Runner};
use secure_tool_runtime::prelude::*;
use secure_tool_runtime::server::StartError;

const PING: Program = Program::at(&["/usr/bin/ping", "/bin/ping"])
    .environment(&[("LANG", "C.UTF-8")])
    .network()
    .timeout(Duration::from_secs(15))
    .max_processes(2)
    .max_output(10_000);

pub(crate) struct Network {
    ping: Runner,
}

impl Network {
    pub(crate) fn open() -> Result<Self, StartError> {
        Ok(Network { ping: PING.open()? })
    }
}

#[secure_tools]
impl Network {
    /// Ask a host whether it is there, and how long its answers take.
    #[secure_tool(scope = "network:use", effect = read, expensive, open_world, timeout = "20s")]
    async fn ping_host(
        &self,
        /// Which one: a name or an address.
        host: HostName,
        /// How often; 3 times if nothing is said.
        #[validate(range(min = 1, max = 5))]
        count: Option<u8>,
    ) -> Result<String, CommandError> {
        let ping = self.ping.command().literal("-n").option("-c", count.unwrap_or(3));
        let ping = ping.literals(&["-W", "2", "-w", "10"]).value(&host);
        // 1: no answer, which is one. 2: no such host, or no permission to ask.
        Ok(ping.accept(&[0, 1]).run().await?.text())
    }
}
