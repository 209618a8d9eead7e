//! The tools, by what they work on. Each file has what it opens at the start, and what it does with it.

mod files;
mod git;
mod network;

use std::error::Error;
use std::path::Path;

use secure_tool_runtime::prelude::*;

use self::files::Files;
use self::git::Git;
use self::network::Network;

/// Opens everything that the tools work on. What is missing is found here, and not by a caller.
pub(crate) fn open(directory: &Path) -> Result<ToolSet, Box<dyn Error>> {
    let tools = ToolSet::new(Files::open(directory)?).and(ToolSet::new(Git::open(directory)?));
    Ok(match Network::open() {
        Ok(network) => tools.and(ToolSet::new(network)),
        // `ping` is not on every machine, and the others do without it.
        Err(error) => {
            eprintln!("warning: there is no `ping_host`: {error}");
            tools
        }
    })
}
