//! A long text of a type, its fields and its variants.
#![allow(unused)]

use secure_tool_runtime::{Text, secure_input, secure_output};

/// Finds notes.
/// It says again what everybody knows already, and at some length at that.
/// It says again what everybody knows already, and at some length at that.
/// It says again what everybody knows already, and at some length at that.
/// It says again what everybody knows already, and at some length at that.
/// It says again what everybody knows already, and at some length at that.
/// It says again what everybody knows already, and at some length at that.
/// It says again what everybody knows already, and at some length at that.
#[secure_input]
struct Filter {
    /// The words.
    /// It says again what everybody knows already, and at some length at that.
    /// It says again what everybody knows already, and at some length at that.
    /// It says again what everybody knows already, and at some length at that.
    /// It says again what everybody knows already, and at some length at that.
    /// It says again what everybody knows already, and at some length at that.
    /// It says again what everybody knows already, and at some length at that.
    /// It says again what everybody knows already, and at some length at that.
    words: Text<1, 9>,
}

#[secure_output]
enum State {
    /// Is open.
    /// It says again what everybody knows already, and at some length at that.
    /// It says again what everybody knows already, and at some length at that.
    /// It says again what everybody knows already, and at some length at that.
    /// It says again what everybody knows already, and at some length at that.
    /// It says again what everybody knows already, and at some length at that.
    /// It says again what everybody knows already, and at some length at that.
    /// It says again what everybody knows already, and at some length at that.
    Open,
}

fn main() {}
