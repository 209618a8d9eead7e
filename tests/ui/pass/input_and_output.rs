//! One type in both directions, with the attributes in either order, and derives around them.

use secure_tool_runtime::__private::{At, Input, Output, Rules, Violations};
use secure_tool_runtime::{Text, secure_input, secure_output};

#[secure_input]
#[secure_output]
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum First {
    #[name = "uno"]
    One,
}

#[derive(Debug, Clone, Copy, PartialEq)]
#[secure_output]
#[secure_input]
pub enum Second {
    #[name = "uno"]
    One,
}

#[secure_input]
#[secure_output]
#[derive(Debug, PartialEq)]
pub struct Third {
    /// A number.
    #[validate(range(min = 1, max = 3))]
    #[name = "nr"]
    number: u32,
    /// Known to us, and told by the client.
    #[sensitive]
    draft: Text<1, 5>,
}

#[secure_output]
#[derive(Debug, PartialEq)]
#[secure_input]
pub struct Fourth {
    /// A number.
    #[name = "nr"]
    #[validate(range(min = 1, max = 3))]
    number: u32,
    #[sensitive(mask)]
    /// Known to us, and told by the client.
    draft: Text<1, 5>,
}

#[secure_output]
#[secure_input]
#[derive(Debug, PartialEq)]
pub struct Fifth(#[validate(length(max = 3))] String);

fn decode<T: Input>(json: &str) -> Option<T> {
    let value = serde_json::from_str(json).unwrap();
    let mut violations = Violations::new();
    let decoded = T::decode(value, &Rules::NONE, &At::ROOT, &mut violations);
    assert_eq!(decoded.is_some(), violations.is_empty());
    decoded
}

fn main() {
    assert_eq!(decode(r#""uno""#), Some(First::One));
    assert_eq!(decode(r#""uno""#), Some(Second::One));
    assert_eq!(decode::<First>(r#""one""#), None);
    assert_eq!(First::One.disclose(), "uno");
    assert_eq!(Second::One.disclose(), "uno");
    let third: Third = decode(r#"{"nr": 2, "draft": "x"}"#).unwrap();
    assert_eq!(third.disclose().to_string(), r#"{"nr":2}"#);
    let fourth: Fourth = decode(r#"{"nr": 2, "draft": "x"}"#).unwrap();
    assert_eq!(fourth.disclose().to_string(), r#"{"draft":"***","nr":2}"#);
    assert_eq!(decode::<Fourth>(r#"{"nr": 4, "draft": "x"}"#), None);
    assert_eq!(decode::<Fifth>(r#""abcd""#), None);
    assert_eq!(decode::<Fifth>(r#""abc""#).unwrap().disclose(), "abc");
}
