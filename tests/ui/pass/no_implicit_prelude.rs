//! Expansions name nothing that the prelude would have to supply.
#![no_implicit_prelude]

use ::secure_tool_runtime::{Caller, Decision, SecureTools, Text};
use ::std::assert_eq;
use ::std::result::Result::{self, Err, Ok};

pub struct Notes;

#[::secure_tool_runtime::secure_tools]
impl Notes {
    /// Adds a note.
    #[secure_tool(scope = "notes:write", policy = Self::may_add, effect = write, rate = "5/min", timeout = "2s")]
    async fn add(
        &self,
        caller: &Caller,
        /// Its title.
        #[validate(length(max = 20), contains = "a", custom(function = polite))]
        title: ::std::string::String,
        /// Its labels.
        #[validate(length(max = 3))]
        labels: ::std::vec::Vec<Text<1, 8>>,
        /// Its number.
        #[validate(range(min = 1, max = 9))]
        number: ::std::option::Option<u32>,
        /// Its kind.
        kind: Kind,
        /// Its place.
        place: Place,
    ) -> Result<Done, Failure> {
        let _ = (caller, title, labels, number, kind);
        if place.row.0 == 0 { Err(Failure::Full) } else { Ok(Done { count: 1, secret: 2, mask: 3 }) }
    }

    async fn may_add(&self, _: &Caller, _: &AddInput) -> Decision {
        Decision::Allow
    }
}

fn polite(_: &str) -> Result<(), ()> {
    Ok(())
}

/// Tells the time.
#[::secure_tool_runtime::secure_tool(public = "there is a clock on the wall", effect = read)]
async fn time() {}

#[::secure_tool_runtime::secure_input]
#[::secure_tool_runtime::secure_output]
pub enum Kind {
    One,
    Two,
}

#[::secure_tool_runtime::secure_input(tag = "at")]
pub enum Where {
    Here,
    There {
        /// How far.
        distance: u8,
    },
}

#[::secure_tool_runtime::secure_input]
pub struct Place {
    /// The row.
    row: Row,
    /// Relative to whom.
    to: Where,
}

#[::secure_tool_runtime::secure_input]
#[::secure_tool_runtime::secure_output]
pub struct Row(#[validate(range(min = 0, max = 100))] i64);

#[::secure_tool_runtime::secure_output]
pub struct Done {
    count: u8,
    #[sensitive]
    secret: u8,
    #[sensitive(mask)]
    mask: u8,
}

#[::secure_tool_runtime::secure_output]
pub struct Nothing;

#[::secure_tool_runtime::public_error]
pub enum Failure {
    #[public("The notebook is full.")]
    Full,
    #[internal]
    Io(#[from] ::std::io::Error),
}

fn main() {
    assert_eq!(<Notes as SecureTools>::TOOLS.len(), 1);
    let _ = ::secure_tool_runtime::tools![time];
}
