//! In a nested input, and in a secret's own type.
#![allow(unused)]
use std::collections::BTreeMap;

use secrecy::SecretString;
use secure_tool_runtime::prelude::*;

#[secure_input]
struct Connection {
    /// Where.
    name: Text<1, 100>,
    /// With what.
    #[name = "privateKey"]
    key: Option<Text<1, 100>>,
    /// Or these, by whom.
    #[validate(length(max = 3))]
    passwords: BTreeMap<Subject, Text<1, 100>>,
    /// Or with this.
    phrase: Option<SecretString>,
}

fn main() {}
