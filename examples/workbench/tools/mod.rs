//! The tools, by what they work on. Each file has what it opens at the start, and what it does with it.

mod files;
mod git;
mod network;
mod reports;
mod web;

use std::error::Error;
use std::ffi::OsStr;
use std::path::Path;

use secure_tool_runtime::prelude::*;

use self::files::Files;
use self::git::Git;
use self::network::Network;
use self::reports::Reports;
use self::web::Web;

/// Opens everything that the tools work on. What is missing is found here, and not by a caller.
///
/// The database of reports is no file of the directory: who writes files would write it.
pub(crate) async fn open(
    directory: &Path,
    database: Option<&Path>,
    port: Option<&OsStr>,
) -> Result<ToolSet, Box<dyn Error>> {
    let mut tools = ToolSet::new(Files::open(directory)?)
        .and(ToolSet::new(Git::open(directory)?))
        .and(ToolSet::new(Web::open(port.map(number).transpose()?)?));
    match database {
        Some(database) => tools = tools.and(ToolSet::new(Reports::open(database).await?)),
        None => eprintln!("warning: there is no `query`: WORKBENCH_DB names no database"),
    }
    match Network::open() {
        Ok(network) => tools = tools.and(ToolSet::new(network)),
        // `ping` is not on every machine, and the others do without it.
        Err(error) => eprintln!("warning: there is no `ping_host`: {error}"),
    }
    Ok(tools)
}

fn number(port: &OsStr) -> Result<u16, &'static str> {
    let number = port.to_str().and_then(|port| port.parse().ok());
    number.ok_or("WORKBENCH_PORT is not the number of a port")
}
