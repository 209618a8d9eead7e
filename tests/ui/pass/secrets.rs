//! Structs of secrets, beside a prelude or without, and under another name of the runtime.

mod renamed {
    pub use secure_tool_runtime::*;
}

mod without_prelude {
    #![allow(dead_code)]

    #[derive(::secure_tool_runtime::Secrets, Clone)]
    #[secret(prefix = "SHOP_", crate = crate::renamed)]
    pub struct Keys {
        /// The password of the database.
        pub database: ::secure_tool_runtime::secrets::SecretString,
        #[secret(env = "STRIPE_KEY", credential = "stripe", begins(production = "rk_live_", staging = "rk_test_"))]
        r#type: Maybe,
    }

    type Maybe = ::core::option::Option<::secure_tool_runtime::secrets::SecretString>;
}

use secure_tool_runtime::prelude::*;

#[allow(non_camel_case_types, dead_code)]
struct Option;

fn main() {
    let _ = without_prelude::Keys::load().is_err();
}
