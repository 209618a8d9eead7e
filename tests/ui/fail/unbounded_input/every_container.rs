//! Each kind of text and collection, and what looks as if it had a bound.
#![allow(unused)]

use std::borrow::Cow;
use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use secure_tool_runtime::prelude::*;

type Many<T> = Vec<T>;

/// Does something.
#[secure_tool(scope = "notes:read", effect = read)]
async fn tool(
    /// A set.
    set: HashSet<u8>,
    /// A set.
    sorted: BTreeSet<u8>,
    /// As many as it says, each of any size.
    three: [String; 3],
    /// Two values.
    pair: (u8, String),
    /// An alias with a parameter.
    many: Many<u8>,
    /// A text.
    cow: Cow<'static, str>,
    /// A text.
    shared: Arc<str>,
    /// Bytes.
    boxed: Box<[u8]>,
    /// Bytes.
    bytes: Vec<u8>,
) {
}

fn main() {}
