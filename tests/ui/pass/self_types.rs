//! `Self` in parameters, bounds and results, and constants of the type.

use secure_tool_runtime::__private::InputObject;
use secure_tool_runtime::{Text, secure_input, secure_output, secure_tools};

#[secure_input]
#[secure_output]
#[derive(Debug)]
pub struct Settings {
    /// A name.
    name: Text<1, { Settings::LONGEST }>,
    /// More of them.
    #[validate(length(max = Self::LONGEST))]
    more: Vec<Settings>,
}

#[secure_tools]
impl Settings {
    const LONGEST: usize = 5;
    const RANGE: (i32, i32) = (0, 9);

    /// Changes settings.
    #[secure_tool(scope = "a", effect = write)]
    async fn change(
        &self,
        /// The new settings.
        new: Box<Self>,
        /// A short text.
        short: Text<1, { Self::LONGEST }>,
        /// A number.
        #[validate(range(min = Self::RANGE.0, max = Self::RANGE.1))]
        number: i32,
    ) -> Result<Self, std::fmt::Error> {
        let _ = (short, number);
        Ok(*new)
    }
}

fn main() {
    assert_eq!(ChangeInput::OBJECT.fields.len(), 3);
    let _ = Settings::LONGEST;
}
