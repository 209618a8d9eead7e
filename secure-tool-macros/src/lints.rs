//! Rules about what names, texts and bodies say: well-formed Rust, and a danger all the same.

pub(crate) mod alike;
pub(crate) mod body;
pub(crate) mod names;
pub(crate) mod text;
