//! A tool may return any error: what is not declared public stays inside.
use std::error::Error;
use std::fmt;

use secure_tool_runtime::prelude::*;

#[derive(Debug)]
struct Own;

impl fmt::Display for Own {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("own")
    }
}

impl Error for Own {}

/// No trait at all.
struct Opaque;

type Boxed = Box<dyn Error + Send + Sync>;

/// A text.
#[secure_tool(scope = "a", effect = read)]
async fn text() -> Result<u8, String> {
    Err("inside".into())
}

/// A box.
#[secure_tool(scope = "a", effect = read)]
async fn boxed() -> Result<u8, Boxed> {
    Err(Own)?
}

/// Nothing known.
#[secure_tool(scope = "a", effect = read)]
async fn opaque() -> Result<u8, Opaque> {
    Err(Opaque)
}

/// A standard one.
#[secure_tool(scope = "a", effect = read)]
async fn standard() -> std::io::Result<()> {
    Err(std::io::ErrorKind::NotFound.into())
}

fn main() {
    let _ = tools![text, boxed, opaque, standard];
}
