//! In a list, an option, and a field of a nested input.
#![allow(unused)]
use std::path::PathBuf;

use secure_tool_runtime::prelude::*;
use url::Url;

#[secure_input]
struct Source {
    /// Where it is.
    place: Option<Url>,
    /// Where else.
    #[validate(length(max = 10))]
    others: Vec<PathBuf>,
}

fn main() {}
