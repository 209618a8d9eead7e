//! A long text is paid for with every request, and hides orders.
#![allow(unused)]

use secure_tool_runtime::{Text, secure_tool};

/// Adds.
/// It says again what everybody knows already, and at some length at that.
/// It says again what everybody knows already, and at some length at that.
/// It says again what everybody knows already, and at some length at that.
/// It says again what everybody knows already, and at some length at that.
/// It says again what everybody knows already, and at some length at that.
/// It says again what everybody knows already, and at some length at that.
/// It says again what everybody knows already, and at some length at that.
/// It says again what everybody knows already, and at some length at that.
/// It says again what everybody knows already, and at some length at that.
/// It says again what everybody knows already, and at some length at that.
/// It says again what everybody knows already, and at some length at that.
/// It says again what everybody knows already, and at some length at that.
/// It says again what everybody knows already, and at some length at that.
/// It says again what everybody knows already, and at some length at that.
/// It says again what everybody knows already, and at some length at that.
/// It says again what everybody knows already, and at some length at that.
/// It says again what everybody knows already, and at some length at that.
/// It says again what everybody knows already, and at some length at that.
/// It says again what everybody knows already, and at some length at that.
/// It says again what everybody knows already, and at some length at that.
/// It says again what everybody knows already, and at some length at that.
/// It says again what everybody knows already, and at some length at that.
/// It says again what everybody knows already, and at some length at that.
/// It says again what everybody knows already, and at some length at that.
/// It says again what everybody knows already, and at some length at that.
/// It says again what everybody knows already, and at some length at that.
/// It says again what everybody knows already, and at some length at that.
/// It says again what everybody knows already, and at some length at that.
#[secure_tool(scope = "a", effect = read)]
async fn add(
    /// A word.
    /// It says again what everybody knows already, and at some length at that.
    /// It says again what everybody knows already, and at some length at that.
    /// It says again what everybody knows already, and at some length at that.
    /// It says again what everybody knows already, and at some length at that.
    /// It says again what everybody knows already, and at some length at that.
    /// It says again what everybody knows already, and at some length at that.
    /// It says again what everybody knows already, and at some length at that.
    word: Text<1, 9>,
) {
}

fn main() {}
