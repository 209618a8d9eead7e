//! The runtime under another name, as a facade crate would have it.

pub mod facade {
    pub mod inner {
        pub use secure_tool_runtime as renamed;
    }
}

// Whoever falls back to the usual name finds this.
mod secure_tool_runtime_is_not_here {}

use facade::inner::renamed::{self, public_error, secure_input, secure_output, secure_tool, secure_tools};

pub struct Notes;

#[secure_tools(crate = crate::facade::inner::renamed)]
impl Notes {
    /// Counts.
    #[secure_tool(scope = "count", effect = read, policy = may)]
    async fn count(
        &self,
        /// What.
        what: What,
    ) -> Result<Count, Failure> {
        let What::All = what;
        Ok(Count { count: 1 })
    }

    /// Counts, and says itself where the runtime is.
    #[secure_tool(crate = renamed, scope = "count", effect = read)]
    async fn count_again(&self) {}
}

async fn may(_: &renamed::Caller, _: &CountInput) -> renamed::Decision {
    renamed::Decision::Deny
}

/// Is free.
#[secure_tool(public = "it is free", effect = read, crate = facade::inner::renamed)]
async fn free() {}

#[secure_input(crate = facade::inner::renamed)]
pub enum What {
    All,
}

#[secure_input(crate = facade::inner::renamed, tag = "t")]
pub enum Tagged {
    All,
}

#[secure_output(crate = facade::inner::renamed)]
pub struct Count {
    count: u8,
}

#[public_error(crate = facade::inner::renamed)]
#[internal]
pub struct Failure(#[from] std::fmt::Error);

fn main() {
    let set = renamed::ToolSet::new(Notes).and(renamed::tools![free]);
    assert_eq!(set.names().count(), 3);
}
