//! Private items stay private, and nothing generated makes a lint speak.
#![deny(warnings, missing_docs, unreachable_pub, unused_qualifications, private_interfaces, private_bounds)]
#![deny(missing_debug_implementations, trivial_casts, trivial_numeric_casts, unused_results, let_underscore_drop)]
#![deny(single_use_lifetimes, unused_lifetimes, elided_lifetimes_in_paths, unused_extern_crates, variant_size_differences)]

use secure_tool_runtime::{Text, ToolSet, public_error, secure_input, secure_output, secure_tool, secure_tools, tools};

/// Are public.
#[derive(Debug)]
pub struct Notes;

#[secure_tools]
impl Notes {
    /// Is public, though its types are not.
    #[secure_tool(scope = "a", effect = read)]
    async fn add(
        &self,
        /// Private.
        place: Place,
        /// Bounded by a constant of another type.
        #[validate(length(min = LEAST, max = 30))]
        text: String,
        /// Private, too.
        kind: Kind,
    ) -> Result<Done, Failure> {
        if text.is_empty() || place.row > 3 || matches!(kind, Kind::Two) {
            return Err(Failure::Full);
        }
        let failed: Result<(), std::fmt::Error> = Err(std::fmt::Error);
        failed?;
        if place.row == 2 {
            return Err(Failure::Corrupt(place.row, text));
        }
        Ok(Done { count: 1, secret: Text::try_from("a").expect("fits") })
    }

    /// Has no parameters and no result.
    #[secure_tool(scope = "a", effect = read)]
    async fn nothing(&self) {}
}

const LEAST: u8 = 1;

/// Is private.
#[secure_tool(scope = "a", effect = read)]
async fn private() {}

#[secure_input]
#[derive(Debug)]
struct Place {
    /// The row.
    row: u8,
}

#[secure_input]
#[derive(Debug)]
enum Kind {
    One,
    Two,
}

#[secure_output]
#[derive(Debug)]
struct Done {
    count: u8,
    #[sensitive]
    secret: Text<1, 2>,
}

#[public_error]
enum Failure {
    #[public("Full.")]
    Full,
    #[internal]
    Format(#[from] std::fmt::Error),
    #[internal]
    Corrupt(u8, String),
}

fn main() {
    let set = ToolSet::new(Notes).and(tools![private]);
    assert_eq!(set.names().count(), 3);
}
