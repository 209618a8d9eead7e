//! Fragments of `macro_rules!` arrive in invisible groups.

use secure_tool_runtime::prelude::*;
use secure_tool_runtime::{public_error, secure_input, secure_output, secure_tool, secure_tools};

macro_rules! everything {
    (
        $vis:vis $set:ident, $tool:ident, $doc:expr, $scope:literal, $effect:ident, $min:expr, $max:literal, $text:expr,
        $input:ty, $injected:ty, $output:ty, $policy:path, $part:literal, $wire:literal, $class:ident
    ) => {
        $vis struct $set;

        #[secure_tools]
        impl $set {
            #[doc = $doc]
            #[secure_tool(scope = $scope, effect = $effect, policy = $policy, concurrency = $max)]
            $vis async fn $tool(
                &self,
                caller: $injected,
                #[doc = $doc]
                #[validate(length(min = $min, max = $max), contains = $part)]
                text: $input,
                #[doc = $doc]
                #[validate(range(min = $min, max = $max))]
                number: i32,
            ) -> $output {
                let _ = (caller, text, number);
                Ok(())
            }
        }

        #[secure_input]
        #[secure_output]
        $vis enum $class {
            #[name = $wire]
            One,
        }

        #[public_error]
        $vis enum Failure {
            #[public($text)]
            Bad,
        }
    };
}

async fn may(_: &Caller, _: &RenameInput) -> Decision {
    Decision::Allow
}

everything!(
    pub Files, rename, "What it does.", "files", write, 1, 20, "It is bad.",
    String, &Caller, Result<(), Failure>, may, "a", "uno", Class
);

macro_rules! item {
    ($item:item) => {
        #[secure_tool(public = "it is free", effect = read)]
        $item
    };
}

item! {
    /// Is an item.
    pub async fn item(
        /// A number.
        number: u8,
    ) -> u8 {
        number
    }
}

macro_rules! block {
    ($($body:tt)*) => {
        #[secure_tools]
        $($body)*
    };
}

pub struct Block;

block! {
    impl Block {
        /// Is in a block.
        #[secure_tool(public = "it is free", effect = read)]
        async fn in_block(&self) {}
    }
}

fn main() {
    assert_eq!(ToolSet::new(Files).and(Block).and(tools![item]).names().count(), 3);
    assert_eq!(Failure::Bad.to_string(), "It is bad.");
}
