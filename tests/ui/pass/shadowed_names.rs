//! What a user calls `Result`, `Option` or `str` is the user's business.
#![allow(non_camel_case_types, dead_code)]

mod shadows {
    pub struct Result;
    pub struct Option;
    pub struct String;
    pub struct Vec;
    pub struct Box;
    pub struct Some;
    pub struct Ok;
    pub struct Err;
    pub struct None;
    pub struct From;
    pub struct Default;
    pub struct str;
    pub struct bool;
    pub struct u64;
    pub struct f64;
    pub struct usize;
    pub trait Debug {}
    pub trait Display {}
    pub mod std {}
    pub mod core {}
    #[allow(unused_macros)]
    macro_rules! panic {
        () => {
            compile_error!("not this one");
        };
    }
    #[allow(unused_imports)]
    pub(crate) use panic;
}

mod tools {
    #[allow(unused_imports)]
    use super::shadows::*;
    use secure_tool_runtime::{public_error, secure_input, secure_output, secure_tool, secure_tools};

    pub struct Shop;

    #[secure_tools]
    impl Shop {
        /// Buys.
        #[secure_tool(role = "buyer", effect = destructive, max_output = 100, title = "Buy")]
        async fn buy(
            &self,
            /// What.
            #[validate(length(min = 1, max = 20))]
            what: ::std::string::String,
            /// How much.
            #[validate(range(min = 0.5, max = 20))]
            weight: ::core::primitive::f64,
            /// How fast.
            speed: Speed,
        ) -> ::core::result::Result<Receipt, Failure> {
            let _ = (what, weight, speed);
            ::core::result::Result::Err(Failure::Sold)
        }
    }

    /// Sells.
    #[secure_tool(scope = "sell", effect = write)]
    pub async fn sell() {}

    #[secure_input]
    pub enum Speed {
        Slow,
        Fast,
    }

    #[secure_input]
    pub struct Wrapped(Speed);

    #[secure_output]
    pub struct Receipt {
        number: ::core::primitive::u64,
        #[sensitive(mask)]
        card: ::std::string::String,
    }

    #[public_error]
    pub enum Failure {
        #[public("Sold out.")]
        Sold,
        #[internal]
        Other(#[from] ::std::io::Error),
    }
}

fn main() {
    let set = secure_tool_runtime::ToolSet::new(tools::Shop).and(secure_tool_runtime::tools![tools::sell]);
    assert_eq!(set.names().count(), 2);
}
