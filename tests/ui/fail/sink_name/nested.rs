//! In lists, in nested inputs, in variants, and under another name on the wire.
#![allow(unused)]
use secure_tool_runtime::prelude::*;

#[secure_input]
struct Export {
    /// Where to.
    output_dir: Text<1, 100>,
    /// What to call.
    #[name = "webhook"]
    target: Text<1, 100>,
    /// What to run.
    #[validate(length(max = 3))]
    shell: Vec<Text<1, 100>>,
}

#[secure_input(tag = "kind")]
enum Step {
    Run {
        /// What to run.
        script: Text<1, 100>,
    },
    Wait,
}

#[secure_input]
struct Line(Text<1, 100>);

#[secure_input]
struct Wrapped {
    /// What to run.
    cmd: Line,
}

fn main() {}
